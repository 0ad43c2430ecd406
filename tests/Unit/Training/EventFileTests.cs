using System.Text;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class EventFileTests : IDisposable
{
    private static readonly DateTimeOffset s_time = DateTimeOffset.UnixEpoch.AddSeconds(1234.5);
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-events-").FullName;

    [Fact]
    public void The_checksum_is_castagnoli_s() =>
        // The check value of CRC-32C is that of the nine digits, 0xE3069283; masked as record files have it.
        RecordFraming.Masked(Encoding.ASCII.GetBytes("123456789")).ShouldBe(unchecked(((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xA282EAD8u));

    [Fact]
    public void Scalars_come_back_by_tag_and_step()
    {
        using (var file = new EventFile(_folder, 0, new FixedClock()))
        {
            file.Add(10, [("train/loss", 2.5), ("load_balance/0", 1.25)]);
            file.Add(300, [("train/loss", -1.5)]);
        }

        var events = EventReader.Read(Path.Combine(_folder, "tensorboard", "events.out.tfevents.0000000000.edl"));
        events[0].Version.ShouldBe("brain.Event:2");
        events[1].Start.ShouldBeTrue();
        events[1].Step.ShouldBe(1);
        events[2].Step.ShouldBe(10);
        events[2].Scalars.ShouldBe([("train/loss", 2.5f), ("load_balance/0", 1.25f)]);
        events[3].Step.ShouldBe(300);
        events[3].Scalars.ShouldBe([("train/loss", -1.5f)]);
        events.ShouldAllBe(e => e.WallTime == 1234.5);
    }

    [Fact]
    public void A_run_that_goes_on_opens_the_next_file_and_voids_later_steps()
    {
        using (new EventFile(_folder, 0, new FixedClock()))
        using (new EventFile(_folder, 40, new FixedClock()))
        {
        }

        var files = Directory.GetFiles(Path.Combine(_folder, "tensorboard")).Order(StringComparer.Ordinal).ToArray();
        files.Length.ShouldBe(2);
        EventReader.Read(files[1])[1].ShouldSatisfyAllConditions(e => e.Start.ShouldBeTrue(), e => e.Step.ShouldBe(41));
    }

    [Fact]
    public void A_reader_sees_what_is_logged_at_once()
    {
        using var file = new EventFile(_folder, 0, new FixedClock());
        file.Add(1, [("a", 1.0)]);
        EventReader.Read(Directory.GetFiles(Path.Combine(_folder, "tensorboard")).Single()).Count.ShouldBe(3);
    }

    [Fact]
    public void A_flipped_bit_is_seen_by_the_reader_of_these_tests()
    {
        using (var file = new EventFile(_folder, 0, new FixedClock()))
            file.Add(1, [("a", 1.0)]);
        var path = Directory.GetFiles(Path.Combine(_folder, "tensorboard")).Single();
        var bytes = File.ReadAllBytes(path);
        bytes[^8] ^= 1;
        File.WriteAllBytes(path, bytes);
        Should.Throw<InvalidDataException>(() => EventReader.Read(path));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => s_time;
    }
}
