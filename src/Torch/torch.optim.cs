namespace ExpertDivergence.Torch;

/// <summary>The numbers of AdamW; the defaults are PyTorch's.</summary>
/// <param name="Lr">The learning rate.</param>
/// <param name="Beta1">The decay of the first moment.</param>
/// <param name="Beta2">The decay of the second moment.</param>
/// <param name="Eps">What keeps the quotient finite.</param>
/// <param name="WeightDecay">The decay of the weights, apart from the gradient.</param>
public readonly record struct AdamWOptions(double Lr = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 1e-2);

public static unsafe partial class torch
{
    /// <summary>Steps of optimizers over whole lists of parameters.</summary>
    public static class optim
    {
        private static readonly Operator Fused = new("edl::adamw_"), FinishPutOff = new("edl::settle");

        /// <summary>One step of AdamW (Loshchilov and Hutter 2019, algorithm 2), in place.</summary>
        /// <remarks>On the host, where all lists are contiguous Float32, it is one pass over memory and its result does not depend on the
        /// number of threads; on a GPU it is libtorch's own fused operator where there is one (2.0 and later), elsewhere a composite of its list operators.</remarks>
        /// <param name="parameters">The weights.</param>
        /// <param name="gradients">Their gradients, in the same order; only read.</param>
        /// <param name="first_moments">The running means of the gradients, zeros before the first step.</param>
        /// <param name="second_moments">The running means of their squares, zeros before the first step.</param>
        /// <param name="step">The number of this step, from 1.</param>
        /// <param name="options">The numbers.</param>
        /// <param name="gradient_scale">What to multiply the gradients by, a tensor without dimensions, for example
        /// <see cref="nn.utils.clip_coefficient"/>; null for 1.</param>
        /// <param name="over_rows">For each parameter a packing to be written anew (<c>edl::pack_weights_</c>), empty tensors where there is none; or no list.</param>
        /// <param name="over_columns">The other packing of each, likewise.</param>
        /// <param name="put_off">On the host, parameters with packings may be left as they are until an operator multiplies with the packings, or until
        /// <see cref="settle"/>: their update then runs beside the operators before. It belongs to the calling thread.</param>
        /// <exception cref="NativeException">The lists do not fit together.</exception>
        public static void adamw_(ReadOnlySpan<Tensor> parameters, ReadOnlySpan<Tensor> gradients, ReadOnlySpan<Tensor> first_moments,
            ReadOnlySpan<Tensor> second_moments, long step, AdamWOptions options, Tensor? gradient_scale = null,
            ReadOnlySpan<Tensor> over_rows = default, ReadOnlySpan<Tensor> over_columns = default, bool put_off = false)
        {
            using var noGrad = no_grad();
            if (!OnHostInFloat32(parameters) || !OnHostInFloat32(gradients) || !OnHostInFloat32(first_moments) || !OnHostInFloat32(second_moments))
            {
                if (adamw_fused_.Suits(parameters))
                    adamw_fused_.Step(parameters, gradients, first_moments, second_moments, step, options, gradient_scale);
                else
                    adamw_composite_(parameters, gradients, first_moments, second_moments, step, options, gradient_scale);
                return;
            }
            fixed (nint* p = Handles(parameters), g = Handles(gradients), m = Handles(first_moments), v = Handles(second_moments), r = Handles(over_rows), c = Handles(over_columns))
            {
                Fused.CallInPlace(Argument.Tensors(p, parameters.Length), Argument.Tensors(g, gradients.Length),
                    Argument.Tensors(m, first_moments.Length), Argument.Tensors(v, second_moments.Length),
                    options.Lr, options.Beta1, options.Beta2, options.Eps, options.WeightDecay, step,
                    Argument.Tensors(r, over_rows.Length), Argument.Tensors(c, over_columns.Length), gradient_scale, put_off);
            }
        }

        /// <summary>Finishes what the calling thread's last step has put off; afterwards every parameter is what the step makes of it.</summary>
        public static void settle() => FinishPutOff.CallInPlace();

        /// <summary>The same step made of libtorch's list operators only; runs on every device and in every floating-point type.</summary>
        public static void adamw_composite_(ReadOnlySpan<Tensor> parameters, ReadOnlySpan<Tensor> gradients, ReadOnlySpan<Tensor> first_moments,
            ReadOnlySpan<Tensor> second_moments, long step, AdamWOptions options, Tensor? gradient_scale = null)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var scaled = gradients;
            if (gradient_scale is not null)
            {
                var copies = new Tensor[gradients.Length];
                for (var i = 0; i < copies.Length; i++) copies[i] = gradients[i] * gradient_scale;
                scaled = copies;
            }
            _foreach_mul_(parameters, 1 - (options.Lr * options.WeightDecay));
            _foreach_mul_(first_moments, options.Beta1);
            _foreach_add_(first_moments, scaled, 1 - options.Beta1);
            _foreach_mul_(second_moments, options.Beta2);
            _foreach_addcmul_(second_moments, scaled, scaled, 1 - options.Beta2);
            var denominators = _foreach_sqrt(second_moments);
            _foreach_div_(denominators, Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
            _foreach_add_(denominators, options.Eps);
            _foreach_addcdiv_(parameters, first_moments, denominators, -options.Lr / (1 - Math.Pow(options.Beta1, step)));
        }

        private static bool OnHostInFloat32(ReadOnlySpan<Tensor> tensors)
        {
            foreach (var tensor in tensors)
            {
                if (!tensor.IsDenseHostFloat32) return false;
            }
            return true;
        }
    }
}
