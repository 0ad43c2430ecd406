namespace ExpertDivergence.Torch;

public static unsafe partial class torch
{
    /// <summary>libtorch's own AdamW over a list of parameters on a GPU: one pass over memory, nothing waited for.</summary>
    internal static class adamw_fused_
    {
        private static readonly Operator s_operator = new("aten::_fused_adamw_");

        /// <summary>Whether it takes the parameters: all on one GPU, and libtorch has it.</summary>
        public static bool Suits(ReadOnlySpan<Tensor> parameters)
        {
            foreach (var parameter in parameters)
            {
                if (parameter.device.type != DeviceType.CUDA) return false;
            }
            return parameters.Length > 0 && s_operator.Exists;
        }

        /// <summary>The step of <see cref="optim.adamw_"/>. The operator divides gradients by what it is given, and leaves them divided.</summary>
        public static void Step(ReadOnlySpan<Tensor> parameters, ReadOnlySpan<Tensor> gradients, ReadOnlySpan<Tensor> first_moments,
            ReadOnlySpan<Tensor> second_moments, long step, AdamWOptions options, Tensor? gradient_scale)
        {
            using var scope = NewDisposeScope();
            var divisor = gradient_scale?.reciprocal();
            var count = full([], (double)step, float32, parameters[0].device);
            var counts = new Tensor[parameters.Length];
            Array.Fill(counts, count);
            fixed (nint* p = Handles(parameters), g = Handles(gradients), m = Handles(first_moments), v = Handles(second_moments), n = Handles(counts))
            {
                s_operator.CallInPlace(Argument.Tensors(p, parameters.Length), Argument.Tensors(g, parameters.Length), Argument.Tensors(m, parameters.Length),
                    Argument.Tensors(v, parameters.Length), Argument.Tensors(null, 0), Argument.Tensors(n, parameters.Length),
                    options.Lr, options.Beta1, options.Beta2, options.WeightDecay, options.Eps, false, false, divisor);
            }
        }
    }
}
