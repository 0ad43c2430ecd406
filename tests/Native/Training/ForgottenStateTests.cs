using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>That the bytes are the same after a kill proves something only if they differ as soon as a part of the state is forgotten.</summary>
public sealed partial class ForgottenStateTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Fact]
    public void Whatever_part_of_the_state_a_build_forgets_the_bytes_differ()
    {
        var optimizer = Kinds("baseline").ToArray();
        optimizer.ShouldContain("optimizer.step_count");
        optimizer.Length.ShouldBe(1 + (2 * 12)); // a count, two moments of twelve kinds of weights
        foreach (var arm in Arms.Names)
        {
            // The optimizer's parts are the same in every arm; losses and routers bring their own.
            var parts = arm == "baseline" ? optimizer : Kinds(arm).Except(optimizer);
            foreach (var part in parts)
            {
                // What is measured anew when it is forgotten may come out the same; then another value must show.
                var differs = ResumedWithout(arm, folder => Forget(folder, "state.safetensors", part, 0)) != Undisturbed(arm)
                    || ResumedWithout(arm, folder => Forget(folder, "state.safetensors", part, 1)) != Undisturbed(arm);
                differs.ShouldBeTrue($"{arm} does not need {part}");
            }
        }
    }

    [Theory]
    [InlineData("step", 0)] // the loader's position, the schedule
    [InlineData("step", 2)]
    [InlineData("tokens", 0)]
    public void A_position_that_is_forgotten_shows(string part, int value) => ResumedWithout("baseline", folder =>
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "state.json")))!;
        json[part] = value;
        File.WriteAllText(Path.Combine(folder, "state.json"), json.ToJsonString());
    }).ShouldNotBe(Undisturbed("baseline"));

    [Fact]
    public void Weights_that_are_forgotten_show() =>
        ResumedWithout("baseline", folder => Forget(folder, "model.safetensors", "lm_head.weight", 0)).ShouldNotBe(Undisturbed("baseline"));

    [Fact]
    public void With_nothing_forgotten_they_do_not_differ() => ResumedWithout("baseline", _ => { }).ShouldBe(Undisturbed("baseline"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_part_that_is_missing_or_that_nobody_asks_for_is_refused(bool missing)
    {
        var error = Should.Throw<InputException>(() => ResumedWithout("baseline", folder => Rewrite(folder, "state.safetensors",
            items => missing ? items.Where(i => i.Name != "optimizer.step_count") : items.Append(new SafetensorsItem("more", "U8", [1], s => s.WriteByte(1))))));
        error.Message.ShouldContain(missing ? "optimizer.step_count" : "'more'");
    }

    public void Dispose() => _pack.Dispose();

    // The parts of an arm's state, all layers' moments of one kind of weight taken as one.
    private IEnumerable<string> Kinds(string arm)
    {
        using var file = SafetensorsReader.Open(Path.Combine(Broken(arm), "trainer-step-3/state.safetensors"));
        return [.. file.Header.Entries.Keys.Select(name => Layer().Replace(name, ".*.")).Distinct()];
    }

    private string Broken(string arm)
    {
        var request = Arms.Request(_pack, arm, "broken-" + arm);
        if (!Directory.Exists(request.OutputFolder))
            KilledRun.Until(request, 5);
        return request.OutputFolder;
    }

    private string Undisturbed(string arm)
    {
        var request = Arms.Request(_pack, arm, "whole-" + arm);
        if (!Directory.Exists(request.OutputFolder))
            KilledRun.ToEnd(request);
        return Text(request);
    }

    private string ResumedWithout(string arm, Action<string> forget)
    {
        var request = Arms.Request(_pack, arm, "forgetful");
        if (Directory.Exists(request.OutputFolder))
            Directory.Delete(request.OutputFolder, recursive: true);
        foreach (var file in Directory.GetFiles(Path.Combine(Broken(arm), "trainer-step-3")))
        {
            Directory.CreateDirectory(Path.Combine(request.OutputFolder, "trainer-step-3"));
            File.Copy(file, Path.Combine(request.OutputFolder, "trainer-step-3", Path.GetFileName(file)));
        }

        forget(Path.Combine(request.OutputFolder, "trainer-step-3"));
        KilledRun.ToEnd(request).Notes.ShouldHaveSingleItem().ShouldStartWith("Resumed after step");
        return Text(request);
    }

    private static string Text(PretrainRequest request) => string.Join('\n', KilledRun.Hashes(request));

    // As if it had never been saved: zeros; or a value that no run has.
    private static void Forget(string folder, string file, string kind, byte value)
    {
        var forgotten = 0;
        Rewrite(folder, file, items => items.Select(item =>
        {
            if (Layer().Replace(item.Name, ".*.") != kind)
                return item;
            forgotten++;
            var bytes = new MemoryStream();
            item.Write(bytes);
            return item with { Write = stream => stream.Write([.. Enumerable.Repeat(value, (int)bytes.Length)]) };
        }));
        forgotten.ShouldBeGreaterThan(0);
    }

    private static void Rewrite(string folder, string file, Func<IEnumerable<SafetensorsItem>, IEnumerable<SafetensorsItem>> change)
    {
        var path = Path.Combine(folder, file);
        var items = new List<SafetensorsItem>();
        using (var reader = SafetensorsReader.Open(path))
        {
            foreach (var entry in reader.Header.Entries.Values)
            {
                var bytes = new byte[entry.ByteCount];
                reader.ReadBytes(entry, bytes);
                items.Add(new SafetensorsItem(entry.Name, entry.Dtype, entry.Shape, stream => stream.Write(bytes)));
            }
        }

        SafetensorsWriter.Write(path, [.. change(items)]);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "state.json")))!;
        json["files"]![file] = Hashing.OfFile(path);
        File.WriteAllText(Path.Combine(folder, "state.json"), json.ToJsonString());
    }

    [GeneratedRegex(@"\.\d+\.")]
    private static partial Regex Layer();
}
