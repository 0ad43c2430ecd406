using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit;

public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> s_table = ReadTable();

    public static TheoryData<string> Rooms() => new(s_table.Keys.Where(k => k != "Native"));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_imports_exactly_what_the_table_allows(string room)
    {
        var project = XDocument.Load(Path.Combine(RepositoryRoot.Path, "src", room, $"{room}.csproj"));
        var imports = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!));
        imports.Except(s_table[room]).ShouldBeEmpty($"src/{room} imports more than docs/architecture.md allows");
    }

    [Fact]
    public void Every_room_of_the_tree_is_in_the_table() =>
        Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "src")).Select(Path.GetFileName).Order().ShouldBe(s_table.Keys.Order());

    [Fact]
    public void Libraries_write_nothing_to_the_console()
    {
        var offenders = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => Regex.IsMatch(File.ReadAllText(f), @"\bConsole\.(Write|Error|Out)"))
            .Select(f => Path.GetRelativePath(RepositoryRoot.Path, f));
        offenders.ShouldBeEmpty();
    }

    private static Dictionary<string, string[]> ReadTable()
    {
        var rows = File.ReadLines(Path.Combine(RepositoryRoot.Path, "docs", "architecture.md")).Select(l => Row().Match(l)).Where(m => m.Success);
        return rows.ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries).Where(p => p is not ("–" or "libtorch")).ToArray());
    }

    [GeneratedRegex(@"^\| `src/(\w+)` \|[^|]*\| ([^|]*) \|$")]
    private static partial Regex Row();
}
