namespace ExpertDivergence.Torch;

public static partial class torch
{
    /// <summary>Parts of neural networks.</summary>
    public static partial class nn
    {
        /// <summary>How the losses of a batch become one.</summary>
        public enum Reduction
        {
            /// <summary>They stay apart.</summary>
            None = 0,

            /// <summary>Their mean over those not ignored.</summary>
            Mean = 1,

            /// <summary>Their sum.</summary>
            Sum = 2,
        }

        /// <summary>A leaf with the data of a tensor, to which gradients flow; it belongs to no scope, its holder disposes it.</summary>
        public static Tensor Parameter(Tensor data, bool requires_grad = true) =>
            data.detach().requires_grad_(requires_grad).DetachFromDisposeScope();

        /// <summary>Layers as functions.</summary>
        public static class functional
        {
            /// <summary>input · weightᵀ + bias.</summary>
            /// <param name="input">[…, in].</param>
            /// <param name="weight">[out, in].</param>
            /// <param name="bias">[out], or null.</param>
            public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null) => Aten.Linear.Call(input, weight, bias);

            /// <summary>The rows of <paramref name="weight"/> [V, D] at indices of any shape.</summary>
            public static Tensor embedding(Tensor input, Tensor weight) => Aten.Embedding.Call(weight, input);

            /// <summary>Int64 vectors that are 1 at the index and 0 elsewhere.</summary>
            /// <param name="x">Int64 indices of any shape.</param>
            /// <param name="num_classes">The size of the new last dimension; -1 takes the largest index plus 1.</param>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => Aten.OneHot.Call(x, num_classes);

            /// <summary>The cross entropy in nats of targets under the softmax of logits.</summary>
            /// <param name="input">Logits, [T, V].</param>
            /// <param name="target">Int64 classes, [T].</param>
            /// <param name="weight">A weight for each class, [V], or null.</param>
            /// <param name="ignore_index">The target that does not count.</param>
            /// <param name="reduction">How the losses become one.</param>
            /// <param name="label_smoothing">The part of the probability that is spread over all classes.</param>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Aten.CrossEntropy.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>The negative log likelihood of targets, given log probabilities.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean) =>
                Aten.NllLoss.Call(input, target, weight, (long)reduction, ignore_index);

            /// <summary>x / (1 + e^-x) of each element.</summary>
            public static Tensor silu(Tensor x) => x.silu();

            /// <summary>max(0, x) of each element.</summary>
            public static Tensor relu(Tensor x) => x.relu();

            /// <summary>x times the normal distribution function of x, of each element.</summary>
            public static Tensor gelu(Tensor x) => x.gelu();

            /// <summary>Softmax along a dimension.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>The logarithm of the softmax along a dimension.</summary>
            public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);
        }
    }
}
