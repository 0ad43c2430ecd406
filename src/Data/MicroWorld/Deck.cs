using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Draws items in random order, each equally often: a shuffled pile that is shuffled anew when it is empty.</summary>
internal sealed class Deck<T>(IEnumerable<T> items, KeyedRandom random)
{
    private readonly T[] _items = [.. items];
    private int _left;

    public T Draw()
    {
        if (_left == 0)
        {
            random.Shuffle(_items.AsSpan());
            _left = _items.Length;
        }

        return _items[--_left];
    }
}
