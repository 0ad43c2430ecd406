using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class RankEnvironmentTests
{
    [Fact]
    public void Without_a_launcher_there_is_one_rank() => Read("MASTER_ADDR=elsewhere").ShouldBe(RankEnvironment.Single);

    [Fact]
    public void Torchrun()
    {
        var found = Read("RANK=3 WORLD_SIZE=4 LOCAL_RANK=1 MASTER_ADDR=node7 MASTER_PORT=1234");
        found.Launcher.ShouldBe(RankLauncher.Torchrun);
        (found.Rank, found.World, found.LocalRank, found.KeepsStore).ShouldBe((3, 4, 1, false));
        (found.Address.Host, found.Address.Port).ShouldBe(("node7", 1234));
    }

    [Fact]
    public void Rank_0_keeps_the_store() => Read("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a").KeepsStore.ShouldBeTrue();

    [Fact]
    public void Unless_the_agent_of_torchrun_does_whose_restarts_do_not_mix()
    {
        var found = Read("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a TORCHELASTIC_USE_AGENT_STORE=True TORCHELASTIC_RUN_ID=none TORCHELASTIC_RESTART_COUNT=2");
        found.KeepsStore.ShouldBeFalse();
        found.Address.Prefix.ShouldBe("edl/none/2");
    }

    [Fact]
    public void Mpirun_on_one_machine()
    {
        var found = Read("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2");
        found.Launcher.ShouldBe(RankLauncher.Mpirun);
        (found.Rank, found.World, found.LocalRank).ShouldBe((1, 2, 1));
        (found.Address.Host, found.Address.Port).ShouldBe(("127.0.0.1", RankEnvironment.DefaultPort));
    }

    [Fact]
    public void Two_of_mpirun_on_one_machine_do_not_meet()
    {
        const string one = "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_NAMESPACE=775553025";
        RankAddress first = Read(one).Address, same = Read(one.Replace("RANK=0", "RANK=1")).Address, second = Read(one.Replace("775553025", "775618561")).Address;
        same.ShouldBe(first);
        first.Port.ShouldBeInRange(20000, 29999);
        second.Port.ShouldNotBe(first.Port);
        second.Prefix.ShouldNotBe(first.Prefix);
        Read(one + " MASTER_PORT=1234").Address.Port.ShouldBe(1234);
    }

    [Fact]
    public void Mpirun_on_several_machines_needs_an_address() =>
        Should.Throw<OptionException>(() => Read("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_SIZE=2")).Option.ShouldBe("MASTER_ADDR");

    [Fact]
    public void Srun_meets_on_the_first_machine_at_a_port_of_its_step()
    {
        var found = Read("SLURM_PROCID=5 SLURM_NTASKS=8 SLURM_LOCALID=1 SLURM_STEP_ID=0 SLURM_STEP_NODELIST=gpu[07-08],big1 SLURM_JOB_ID=123456");
        found.Launcher.ShouldBe(RankLauncher.Srun);
        (found.Rank, found.World, found.LocalRank, found.Address.Host).ShouldBe((5, 8, 1, "gpu07"));
        found.Address.Port.ShouldBe(Read("SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_STEP_ID=0 SLURM_STEP_NODELIST=a SLURM_JOB_ID=123456").Address.Port);
        found.Address.Port.ShouldNotBe(Read("SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_STEP_ID=1 SLURM_STEP_NODELIST=a SLURM_JOB_ID=123456").Address.Port);
    }

    [Fact]
    public void The_batch_script_of_a_job_is_no_rank() => Read("SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_JOB_ID=5").ShouldBe(RankEnvironment.Single);

    [Fact]
    public void Ranks_set_by_hand_go_before_those_of_a_job_around_them() =>
        Read("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_STEP_ID=0").Launcher.ShouldBe(RankLauncher.Torchrun);

    [Theory]
    [InlineData("RANK=2 WORLD_SIZE=2 MASTER_ADDR=a", "RANK")]
    [InlineData("RANK=-1 WORLD_SIZE=2 MASTER_ADDR=a", "RANK")]
    [InlineData("RANK=one WORLD_SIZE=2 MASTER_ADDR=a", "RANK")]
    [InlineData("WORLD_SIZE=2 MASTER_ADDR=a", "RANK")]
    [InlineData("RANK=0 MASTER_ADDR=a", "WORLD_SIZE")]
    [InlineData("RANK=0 WORLD_SIZE=0 MASTER_ADDR=a", "WORLD_SIZE")]
    [InlineData("RANK=0 WORLD_SIZE=2", "MASTER_ADDR")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=70000", "MASTER_PORT")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a LOCAL_RANK=x", "LOCAL_RANK")]
    [InlineData("RANK=0 WORLD_SIZE=2 MASTER_ADDR=a EDL_RANK_TIMEOUT=0", "EDL_RANK_TIMEOUT")]
    public void A_variable_that_cannot_be_is_named(string variables, string culprit) =>
        Should.Throw<OptionException>(() => Read(variables)).Option.ShouldBe(culprit);

    [Theory]
    [InlineData("node1", "node1")]
    [InlineData("a,b[1-2]", "a")]
    [InlineData("node[01-04,09],gpu3", "node01")]
    [InlineData("rack[2,5]n[3-4]", "rack2n3")]
    [InlineData("n[7", "n7")]
    public void The_first_of_the_machines(string nodes, string first) => SlurmNodes.First(nodes).ShouldBe(first);

    private static RankEnvironment Read(string variables)
    {
        var values = variables.Split(' ').Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return RankEnvironment.Read(values.GetValueOrDefault);
    }
}
