using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

public sealed class FetchTests : IDisposable
{
    private readonly FakeHub _hub = new();
    private readonly TestFolder _folder = new();

    private string Out => Path.Combine(_folder.Path, "data");

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Small_and_large_files_come_whole_with_a_record()
    {
        _hub.Small["README.md"] = "read me"u8.ToArray();
        _hub.Small["empty.txt"] = [];
        _hub.Small["a folder/with % and é.txt"] = "odd"u8.ToArray();
        _hub.Large["data/train-0.parquet"] = FakeHub.Noise(300_000);

        var result = await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);

        (result.Downloaded, result.Kept, result.DownloadedBytes).ShouldBe((4, 0, 300_010));
        foreach (var (name, bytes) in _hub.Small.Concat(_hub.Large))
            File.ReadAllBytes(Path.Combine(Out, name)).ShouldBe(bytes);
        var record = FetchRecord.Read(Path.Combine(Out, "fetch.json"))!;
        (record.Repository, record.Revision, record.Commit, record.Bytes).ShouldBe(("owner/data", "main", FakeHub.Commit, 300_010L));
        record.Files.Select(f => f.Path).ShouldBe(["README.md", "a folder/with % and é.txt", "data/train-0.parquet", "empty.txt"]);
        record.Files.ShouldAllBe(f => f.Sha256 == Hashing.OfFile(Path.Combine(Out, f.Path)));
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBe([Out]);
        Directory.EnumerateFiles(Out, "*", SearchOption.AllDirectories).Count().ShouldBe(5);
    }

    [Fact]
    public async Task Every_page_of_the_listing_is_read_from_the_hub_itself()
    {
        for (var i = 0; i < 23; i++)
            _hub.Small[$"f{i}"] = [(byte)i];
        _hub.PageSize = 5;

        var listed = await _hub.Fetcher().ListAsync(TestContext.Current.CancellationToken);

        listed.Files.Count.ShouldBe(23);
        _hub.HubRequests.Count(r => r.Path.Contains("/tree/", StringComparison.Ordinal)).ShouldBe(5); // 24 entries, 5 a page; the links name another host
        _hub.Downloads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pages_that_do_not_end_are_refused()
    {
        _hub.Small["a"] = [1];
        _hub.Fault = r => r.Path.Contains("/tree/", StringComparison.Ordinal) ? Reply.Text(200, "[]") with { Headers = new() { ["Link"] = $"<{r.Target}>; rel=\"next\"" } } : null;
        (await Failure()).Failure.ShouldBe(FetchFailure.BadAnswer);
    }

    [Fact]
    public async Task A_second_run_downloads_nothing_and_touches_nothing()
    {
        _hub.Large["a.bin"] = FakeHub.Noise(5000);
        await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);
        var (written, downloads) = (File.GetLastWriteTimeUtc(Path.Combine(Out, "fetch.json")), _hub.Downloads.Count());

        var again = await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);

        (again.Downloaded, again.Kept).ShouldBe((0, 1));
        _hub.Downloads.Count().ShouldBe(downloads);
        File.GetLastWriteTimeUtc(Path.Combine(Out, "fetch.json")).ShouldBe(written);
    }

    [Fact]
    public async Task A_damaged_file_alone_is_fetched_again()
    {
        _hub.Large["a.bin"] = FakeHub.Noise(5000);
        _hub.Large["b.bin"] = FakeHub.Noise(6000, 2);
        await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);
        var path = Path.Combine(Out, "b.bin");
        var bytes = File.ReadAllBytes(path);
        bytes[3000] ^= 1;
        File.WriteAllBytes(path, bytes);

        var result = await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);

        (result.Downloaded, result.Kept).ShouldBe((1, 1));
        File.ReadAllBytes(path).ShouldBe(_hub.Large["b.bin"]);
    }

    [Fact]
    public async Task A_new_commit_brings_only_what_changed_and_drops_what_went()
    {
        _hub.Large["same"] = FakeHub.Noise(5000);
        _hub.Small["changed"] = [1];
        _hub.Small["gone"] = [3];
        await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);
        _hub.Head = new string('f', 40);
        _hub.Small["changed"] = [2];
        _hub.Small.Remove("gone");

        var result = await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);

        (result.Downloaded, result.Kept, result.Record.Commit).ShouldBe((1, 1, _hub.Head));
        Directory.EnumerateFiles(Out).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["changed", "fetch.json", "same"]);
        File.ReadAllBytes(Path.Combine(Out, "changed")).ShouldBe([2]);
    }

    [Fact]
    public async Task The_record_is_the_same_however_many_come_at_once()
    {
        for (var i = 0; i < 12; i++)
            (i % 2 == 0 ? _hub.Small : _hub.Large)[$"f{i}"] = FakeHub.Noise(1000 + i, i);
        await _hub.Fetcher(_hub.Options with { Parallel = 1 }).RunAsync(Out, TestContext.Current.CancellationToken);
        await _hub.Fetcher(_hub.Options with { Parallel = 8 }).RunAsync(Out + "8", TestContext.Current.CancellationToken);
        File.ReadAllText(Path.Combine(Out + "8", "fetch.json")).ShouldBe(File.ReadAllText(Path.Combine(Out, "fetch.json")));
    }

    [Fact]
    public async Task Files_come_at_once_up_to_the_option()
    {
        for (var i = 0; i < 6; i++)
            _hub.Small[$"f{i}"] = [(byte)i];
        int now = 0, most = 0;
        using var three = new CountdownEvent(3);
        _hub.Fault = r =>
        {
            if (!r.Path.Contains("/resolve/", StringComparison.Ordinal))
                return null;
            var count = Interlocked.Increment(ref now);
            lock (_hub)
                most = Math.Max(most, count);
            if (!three.IsSet)
                three.Signal();
            three.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken).ShouldBeTrue(); // fewer than three at once would end here
            Thread.Sleep(20); // a fourth, if one were let in, would show
            Interlocked.Decrement(ref now);
            return null;
        };
        ThreadPool.SetMinThreads(16, 16);

        await _hub.Fetcher(_hub.Options with { Parallel = 3 }).RunAsync(Out, TestContext.Current.CancellationToken);

        most.ShouldBe(3);
    }

    [Fact]
    public async Task Progress_counts_the_bytes_of_the_network()
    {
        _hub.Large["a.bin"] = FakeHub.Noise(400_000);
        var listener = new Listener();
        await _hub.Fetcher(progress: listener).RunAsync(Out, TestContext.Current.CancellationToken);
        var last = listener.Updates.Last();
        (last.Task, last.Done, last.Total, last.Unit).ShouldBe(("Fetch", 400_000L, 400_000L, "bytes"));
        listener.Updates.Select(u => u.Done).ShouldBeInOrder();
    }

    [Fact]
    public async Task Patterns_select_and_a_selection_of_nothing_is_refused()
    {
        _hub.Small["a.txt"] = [1];
        _hub.Small["deep/b.txt"] = [2];
        _hub.Small["deep/c.bin"] = [3];
        var listed = await _hub.Fetcher(_hub.Options with { Include = ["*.txt"], Exclude = ["deep/"] }).ListAsync(TestContext.Current.CancellationToken);
        listed.Files.Select(f => f.Path).ShouldBe(["a.txt"]);

        var error = await Failure(_hub.Options with { Include = ["*.parquet"] });
        error.Failure.ShouldBe(FetchFailure.NotFound);
        error.Remedy.ShouldContain("deep/b.txt");
    }

    [Fact]
    public async Task A_revision_is_escaped_and_files_are_of_its_commit()
    {
        _hub.Small["a"] = [1];
        await _hub.Fetcher(_hub.Options with { Revision = "refs/convert/parquet" }).RunAsync(Out, TestContext.Current.CancellationToken);
        _hub.HubRequests.First().Target.ShouldBe("/api/datasets/owner/data/revision/refs%2Fconvert%2Fparquet");
        _hub.Downloads.Single().Path.ShouldBe($"/datasets/owner/data/resolve/{FakeHub.Commit}/a");
    }

    [Fact]
    public async Task A_folder_with_other_files_is_never_replaced()
    {
        _hub.Small["a"] = [1];
        _folder.Write("data/thesis.tex", "years of work");
        (await Should.ThrowAsync<EdlException>(() => _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken))).Message.ShouldContain("thesis.tex");
        File.ReadAllText(Path.Combine(Out, "thesis.tex")).ShouldBe("years of work");
        _hub.HubRequests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_folder_of_another_repository_is_not_replaced()
    {
        _hub.Small["a"] = [1];
        await _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);
        var other = _hub.Fetcher(_hub.Options with { Repository = "owner/other" });
        (await Should.ThrowAsync<EdlException>(() => other.RunAsync(Out, TestContext.Current.CancellationToken))).Message.ShouldContain("owner/data");
        File.Exists(Path.Combine(Out, "a")).ShouldBeTrue();
    }

    [Fact]
    public async Task Two_fetches_to_one_folder_do_not_mix()
    {
        _hub.Small["a"] = [1];
        using var held = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        _hub.Fault = r =>
        {
            if (r.Path.Contains("/resolve/", StringComparison.Ordinal))
            {
                begun.Set();
                held.Wait(TimeSpan.FromSeconds(10));
            }

            return null;
        };
        var first = _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken);
        begun.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken).ShouldBeTrue();

        var error = await Should.ThrowAsync<EdlException>(() => _hub.Fetcher().RunAsync(Out, TestContext.Current.CancellationToken));
        held.Set();
        await first;

        error.Message.ShouldContain("another fetch");
        File.Exists(Out + ".lock").ShouldBeFalse();
    }

    private async Task<FetchException> Failure(FetchOptions? options = null) =>
        await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(options).ListAsync(TestContext.Current.CancellationToken));
}
