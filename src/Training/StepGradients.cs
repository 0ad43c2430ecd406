using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>The gradients of one optimizer step: forward and back through its micro-batches, one after the other.</summary>
/// <remarks>The language-model loss is the sum over the predicted tokens of all micro-batches by their number, so that how a step is divided
/// changes its gradient by rounding only, padded sequences included. An auxiliary loss counts with its mean over the
/// micro-batches; one that spans them sees them all first.</remarks>
internal sealed class StepGradients(MoeTransformer model, TrainingLoss loss, IBatches batches, TrainingOptions options)
{
    /// <summary>Adds the step's gradients to the parameters'; waits for nothing.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="tokens">Tokens that the step predicts, over all ranks.</param>
    /// <returns>The step's losses, which belong to the current scope.</returns>
    public StepLosses Compute(int step, long tokens)
    {
        if (options.Accumulation == 1)
            return Compute(step, 0, tokens);

        if (loss.LooksAhead)
            LookAhead(step);
        var parts = new StepLosses[options.Accumulation];
        for (var part = 0; part < parts.Length; part++)
        {
            using var scope = torch.NewDisposeScope();
            parts[part] = Kept(Compute(step, part, tokens), scope);
        }

        return Joined(parts);
    }

    // Costs a forward pass more; only sums over sequences are kept of it.
    private void LookAhead(int step)
    {
        using var noGrad = torch.no_grad();
        for (var part = 0; part < options.Accumulation; part++)
        {
            using var scope = torch.NewDisposeScope();
            var batch = batches.Batch(step, part, options.Accumulation);
            loss.LookAhead(model.ForwardTraining(batch), batch);
        }
    }

    private StepLosses Compute(int step, int part, long tokens)
    {
        var batch = batches.Batch(step, part, options.Accumulation);
        if (options.ActivationCheckpointing == ActivationCheckpointing.Layer)
        {
            using var pass = model.ForwardCheckpointed(batch, loss.Capture, gradientScale: 1.0 / tokens);
            var found = loss.Compute(pass.Output, batch, step, tokens, options.Accumulation);
            pass.Backward(found.Total);
            return found;
        }

        var losses = loss.Compute(model.ForwardTraining(batch, loss.Capture, gradientScale: 1.0 / tokens), batch, step, tokens, options.Accumulation);
        losses.Total.backward();
        return losses;
    }

    // The numbers of a micro-batch outlive it, what they were computed from does not.
    private static StepLosses Kept(StepLosses losses, DisposeScope scope)
    {
        return new StepLosses(Keep(losses.Total), Keep(losses.LanguageModel),
            [.. losses.Auxiliary.Select(a => a with { PerLayer = Keep(a.PerLayer), Value = Keep(a.Value) })]);

        Tensor Keep(Tensor value) => scope.MoveToOuter(value.detach());
    }

    private static StepLosses Joined(StepLosses[] parts)
    {
        return new StepLosses(Sum(p => p.Total), Sum(p => p.LanguageModel), [.. parts[0].Auxiliary.Select((a, i) => a with
        {
            PerLayer = Sum(p => p.Auxiliary[i].PerLayer) / parts.Length,
            Value = Sum(p => p.Auxiliary[i].Value) / parts.Length,
        })]);

        Tensor Sum(Func<StepLosses, Tensor> of) => torch.stack([.. parts.Select(of)], 0).sum(0);
    }
}
