namespace ExpertDivergence.Labeling;

/// <summary>A row of weights in 8 bits each: value = scale · code, scale = max|value| / 127 with a short mantissa.</summary>
internal static class QuantizedRow
{
    public static float Scale(ReadOnlySpan<float> values)
    {
        var max = 0f;
        foreach (var value in values)
            max = MathF.Max(max, MathF.Abs(value));
        // 16 bits of mantissa, rounded up: products with a code are then exact, so that rounding again changes nothing.
        return BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(max / 127) + 0xFF) & ~0xFF);
    }

    public static sbyte Code(float value, float scale) => scale == 0 ? (sbyte)0 : (sbyte)MathF.Round(value / scale);

    /// <summary>Replaces each value by the one that the file gives back. Rounding twice changes nothing.</summary>
    public static void Round(Span<float> values)
    {
        var scale = Scale(values);
        foreach (ref var value in values)
            value = Code(value, scale) * scale;
    }
}
