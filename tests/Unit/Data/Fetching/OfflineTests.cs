using ExpertDivergence.Data.Fetching;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.Fetching;

/// <summary>Offline, no request is made, and what is missing has a name.</summary>
public sealed class OfflineTests : IDisposable
{
    private readonly FakeHub _hub = new();
    private readonly TestFolder _folder = new();

    public OfflineTests()
    {
        _hub.Small["a.txt"] = "a"u8.ToArray();
        _hub.Large["b.bin"] = FakeHub.Noise(2000);
    }

    private string Out => Path.Combine(_folder.Path, "data");

    private FetchOptions Offline => _hub.Options with { Offline = true };

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("main")]
    [InlineData(FakeHub.Commit)]
    public async Task A_complete_folder_passes_without_a_request(string revision)
    {
        await Run(_hub.Options);
        var before = _hub.HubRequests.Count();
        var result = await Run(Offline with { Revision = revision });
        (result.Downloaded, result.Kept).ShouldBe((0, 2));
        _hub.HubRequests.Count().ShouldBe(before);
    }

    [Fact]
    public async Task A_missing_and_a_damaged_file_are_named()
    {
        _hub.Small["whole.txt"] = "w"u8.ToArray();
        await Run(_hub.Options);
        File.Delete(Path.Combine(Out, "a.txt"));
        File.WriteAllBytes(Path.Combine(Out, "b.bin"), new byte[2000]);

        var error = await Failure(Offline);

        error.Failure.ShouldBe(FetchFailure.Offline);
        error.Message.ShouldContain("2 of 3 files");
        error.Message.ShouldContain("(2,001 bytes): a.txt, b.bin");
    }

    [Fact]
    public async Task What_an_unfinished_fetch_lacks_is_named()
    {
        _hub.StoreFault = _ => Reply.Text(500, "");
        await Should.ThrowAsync<FetchException>(() => Run(_hub.Options with { Parallel = 1 }));
        (await Failure(Offline)).Message.ShouldContain("b.bin");
    }

    [Fact]
    public async Task Without_anything_there_it_says_so_and_writes_nothing()
    {
        (await Failure(Offline)).Message.ShouldContain("nothing of it has been fetched");
        _hub.HubRequests.ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_revision_or_other_patterns_are_not_taken_for_it()
    {
        await Run(_hub.Options);
        (await Failure(Offline with { Revision = "v2" })).Message.ShouldContain("at main");
        (await Failure(Offline with { Include = ["*.txt"] })).Message.ShouldContain("other patterns");
    }

    [Fact]
    public async Task Nothing_can_be_listed()
    {
        (await Should.ThrowAsync<FetchException>(() => _hub.Fetcher(Offline).ListAsync(TestContext.Current.CancellationToken))).Failure.ShouldBe(FetchFailure.Offline);
        _hub.HubRequests.ShouldBeEmpty();
    }

    private Task<FetchResult> Run(FetchOptions options) => _hub.Fetcher(options).RunAsync(Out, TestContext.Current.CancellationToken);

    private async Task<FetchException> Failure(FetchOptions options) => await Should.ThrowAsync<FetchException>(() => Run(options));
}
