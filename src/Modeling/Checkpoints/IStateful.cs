using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Something that changes as a run goes on, beside the weights, and that a resumed run must find as it was: an optimizer's
/// moments, a router's bias, a loss's running scale.</summary>
/// <remarks>The trainer saves and restores its optimizer, and every loss and model that is one.</remarks>
public interface IStateful
{
    /// <summary>Shows every changing part to the visitor, under names that are the same in every run.</summary>
    /// <remarks>One method for both ways: what is saved is restored. It may be called at any point between two steps.</remarks>
    void Visit(StateVisitor state);
}

/// <summary>Saves or restores what an <see cref="IStateful"/> shows it.</summary>
public abstract class StateVisitor
{
    private string _prefix = "";

    /// <summary>Shows a tensor, which is filled in place when restoring.</summary>
    public void Tensor(string name, Tensor value) => VisitTensor(_prefix + name, value);

    /// <summary>Shows a whole number.</summary>
    /// <returns>The number to go on with.</returns>
    public long Value(string name, long value) => VisitInteger(_prefix + name, value);

    /// <inheritdoc cref="Value(string, long)"/>
    public int Value(string name, int value) => checked((int)VisitInteger(_prefix + name, value));

    /// <inheritdoc cref="Value(string, long)"/>
    public double Value(string name, double value) => VisitNumbers(_prefix + name, [value], length: 1)[0];

    /// <summary>Shows a list of numbers, which may have another length in every state.</summary>
    /// <returns>The list to go on with.</returns>
    public double[] Values(string name, double[] values) => VisitNumbers(_prefix + name, values, length: null);

    /// <summary>Shows a part that may have a state of its own; one that is no <see cref="IStateful"/> has none.</summary>
    public void Part(string name, object part)
    {
        if (part is not IStateful stateful)
            return;
        var outer = _prefix;
        _prefix = $"{outer}{name}.";
        stateful.Visit(this);
        _prefix = outer;
    }

    /// <summary>Saves or fills a tensor.</summary>
    protected abstract void VisitTensor(string name, Tensor value);

    /// <summary>Saves a whole number, or gives the one saved.</summary>
    protected abstract long VisitInteger(string name, long value);

    /// <summary>Saves numbers, or gives those saved.</summary>
    /// <param name="name">The full name.</param>
    /// <param name="values">What to save.</param>
    /// <param name="length">How many there must be; null for any number.</param>
    protected abstract double[] VisitNumbers(string name, double[] values, int? length);
}
