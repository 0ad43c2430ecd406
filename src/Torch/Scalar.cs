using System.Globalization;

namespace ExpertDivergence.Torch;

/// <summary>A number handed to an operator: an integer, a floating-point number or a truth value. C#'s numbers convert to it.</summary>
public readonly struct Scalar
{
    internal Argument Argument { get; }

    private Scalar(Argument argument) => Argument = argument;

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(long value) => new(value);

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(int value) => new((long)value);

    /// <summary>A floating-point number.</summary>
    public static implicit operator Scalar(double value) => new(value);

    /// <summary>A floating-point number.</summary>
    public static implicit operator Scalar(float value) => new((double)value);

    /// <summary>A truth value.</summary>
    public static implicit operator Scalar(bool value) => new(value);

    /// <summary>Itself as an argument of an operator.</summary>
    public static implicit operator Argument(Scalar value) => value.Argument;

    /// <summary>Its value as a double.</summary>
    public double ToDouble() => Argument.ToDouble();

    /// <inheritdoc/>
    public override string ToString() => ToDouble().ToString(CultureInfo.InvariantCulture);
}
