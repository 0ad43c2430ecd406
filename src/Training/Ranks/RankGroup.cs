using System.Globalization;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Several ranks over c10d: gloo for what lies on the host, nccl for what lies on GPUs where it was asked for.</summary>
public sealed class RankGroup : IRankGroup
{
    private readonly RankEnvironment _self;
    private readonly RankStore _store;
    private readonly RankWatch _watch;
    private readonly ProcessGroup _group;
    private readonly (RankStore Store, ProcessGroup Group)? _devices;
    private long _turn;

    private RankGroup(RankEnvironment self, RankStore store, RankWatch watch, ProcessGroup group, (RankStore, ProcessGroup)? devices) =>
        (_self, _store, _watch, _group, _devices) = (self, store, watch, group, devices);

    /// <inheritdoc/>
    public int Rank => _self.Rank;

    /// <inheritdoc/>
    public int World => _self.World;

    /// <summary>Meets the other ranks.</summary>
    /// <param name="self">Which rank this is, of how many, and where they meet.</param>
    /// <param name="backend"><c>gloo</c>, or <c>nccl</c> for tensors on GPUs.</param>
    /// <returns>The ranks; <see cref="OneRank"/> where there is one.</returns>
    /// <exception cref="Core.PrerequisiteException">This build knows no ranks.</exception>
    /// <exception cref="ProcessGroupException">A rank did not come in time; names it.</exception>
    public static IRankGroup Connect(RankEnvironment self, string backend = "gloo")
    {
        if (self.World == 1)
            return OneRank.Instance;
        var parts = new Stack<IDisposable>();
        try
        {
            var store = Kept(RankMeeting.Open(self));
            var watch = Kept(new RankWatch(self));
            RankMeeting.WaitForAll(self, store);
            var group = Kept(ProcessGroup.Connect(store, self.Rank, self.World, self.Address));
            if (backend == "gloo")
                return new RankGroup(self, store, watch, group, null);
            var deviceStore = Kept(RankStore.Connect(self.Address with { Prefix = $"{self.Address.Prefix}/{backend}" }, serve: false));
            return new RankGroup(self, store, watch, group, (deviceStore, Kept(ProcessGroup.Connect(deviceStore, self.Rank, self.World, self.Address, backend))));
        }
        catch
        {
            while (parts.TryPop(out var part))
                part.Dispose();
            throw;
        }

        T Kept<T>(T part)
            where T : IDisposable
        {
            parts.Push(part);
            return part;
        }
    }

    /// <inheritdoc/>
    public void Sum(params IReadOnlyList<Tensor> tensors) => Watched(() =>
    {
        if (_devices is not { } devices)
        {
            _group.AllReduceSum(tensors);
            return;
        }

        Tensor[] host = [.. tensors.Where(t => t.device.type == DeviceType.CPU)], device = [.. tensors.Where(t => t.device.type != DeviceType.CPU)];
        _group.AllReduceSum(host);
        devices.Group.AllReduceSum(device);
    });

    /// <inheritdoc/>
    public bool Any(bool mine)
    {
        using var count = torch.tensor(new[] { mine ? 1f : 0f }, [1]);
        Watched(() => _group.AllReduceSum(count));
        return count.item<double>() > 0;
    }

    /// <inheritdoc/>
    public void OnFirst(string what, Action work) => FromFirst(what, () =>
    {
        work();
        return "done";
    });

    /// <inheritdoc/>
    public string FromFirst(string what, Func<string> make)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"turn/{_turn++}");
        var text = "";
        if (Rank == 0)
        {
            text = make();
            Watched(() => _store.Set(key, text));
        }
        else
        {
            _watch.WaitFor(_store, key, what);
            Watched(() => text = _store.Get(key));
        }

        // Who keeps the store may be about to leave.
        Watched(_group.Barrier);
        return text;
    }

    /// <inheritdoc/>
    public void Fail(string words) => _watch.Fail(_store, words);

    /// <summary>Leaves the ranks.</summary>
    public void Dispose()
    {
        _devices?.Group.Dispose();
        _devices?.Store.Dispose();
        _group.Dispose();
        _watch.Dispose();
        _store.Dispose();
    }

    // What went wrong at another rank shows here as a broken connection or a time-out: the watch knows more.
    private void Watched(Action call)
    {
        try
        {
            call();
        }
        catch (Exception e) when (e is ProcessGroupException || (e is NativeException native && !native.IsOutOfMemory))
        {
            throw _watch.Explain(_store, e);
        }
    }
}
