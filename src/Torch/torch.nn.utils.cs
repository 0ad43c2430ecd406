namespace ExpertDivergence.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What trainers do with gradients.</summary>
        public static unsafe class utils
        {
            private static readonly Operator s_totalNorm = new("edl::total_norm");

            /// <summary>The 2-norm of all gradients together, a tensor without dimensions. Parameters without a gradient count as 0.</summary>
            public static Tensor get_total_norm(ReadOnlySpan<Tensor> parameters)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var gradients = Gradients(parameters);
                return gradients.Length == 0 ? zeros([]).MoveToOuterDisposeScope() : TotalNorm(gradients).MoveToOuterDisposeScope();
            }

            /// <summary>The factor that brings gradients of a norm down to at most <paramref name="max_norm"/>, a tensor without
            /// dimensions: min(1, max_norm / (norm + 1e-6)).</summary>
            public static Tensor clip_coefficient(Tensor total_norm, double max_norm)
            {
                // What libtorch's operators give, without a call of each.
                if (total_norm.IsDenseHostFloat32) return tensor([MathF.Min(1f, 1f / (total_norm.item<float>() + 1e-6f) * (float)max_norm)], []);
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                return (max_norm / (total_norm + 1e-6)).clamp(max: 1).MoveToOuterDisposeScope();
            }

            /// <summary>Scales all gradients so that their norm together is at most <paramref name="max_norm"/>, without waiting for
            /// the device.</summary>
            /// <returns>The norm before, a tensor without dimensions.</returns>
            public static Tensor clip_grad_norm_(ReadOnlySpan<Tensor> parameters, double max_norm)
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var gradients = Gradients(parameters);
                if (gradients.Length == 0) return zeros([]).MoveToOuterDisposeScope();
                var norm = TotalNorm(gradients);
                var coefficient = clip_coefficient(norm, max_norm);
                foreach (var gradient in gradients) gradient.mul_(coefficient);
                return norm.MoveToOuterDisposeScope();
            }

            private static Tensor[] Gradients(ReadOnlySpan<Tensor> parameters)
            {
                var gradients = new List<Tensor>(parameters.Length);
                foreach (var parameter in parameters)
                {
                    if (parameter.grad is { } gradient) gradients.Add(gradient);
                }
                return [.. gradients];
            }

            // On the host in one pass, the same whatever the number of threads.
            private static Tensor TotalNorm(Tensor[] gradients)
            {
                if (!gradients.All(g => g.IsDenseHostFloat32)) return stack(_foreach_norm(gradients)).norm();
                fixed (nint* handles = Handles(gradients)) return s_totalNorm.Call(Argument.Tensors(handles, gradients.Length));
            }
        }
    }
}
