using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>What started the ranks.</summary>
public enum RankLauncher
{
    /// <summary>Nothing: there is one process.</summary>
    None,

    /// <summary><c>edl launch</c>, <c>torchrun</c> or anything else that sets RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT.</summary>
    Torchrun,

    /// <summary>Open MPI's <c>mpirun</c>.</summary>
    Mpirun,

    /// <summary>Slurm's <c>srun</c>.</summary>
    Srun,
}

/// <summary>Which of how many ranks this process is, and where the ranks meet: read from the variables that launchers set.</summary>
public sealed record RankEnvironment
{
    /// <summary>Where ranks meet unless the variables say otherwise.</summary>
    public const int DefaultPort = 29500;

    private const string Loopback = "127.0.0.1";

    /// <summary>One process, no launcher.</summary>
    public static RankEnvironment Single { get; } = new();

    /// <summary>What started the ranks.</summary>
    public RankLauncher Launcher { get; private init; }

    /// <summary>This process's number, from 0.</summary>
    public int Rank { get; private init; }

    /// <summary>How many ranks there are.</summary>
    public int World { get; private init; } = 1;

    /// <summary>This process's number on its machine: the GPU it takes.</summary>
    public int LocalRank { get; private init; }

    /// <summary>Where the ranks meet.</summary>
    public RankAddress Address { get; private init; } = new(Loopback, DefaultPort, "edl", TimeSpan.FromSeconds(25));

    /// <summary>Whether this rank keeps the store: rank 0, unless torchrun's agent does.</summary>
    public bool KeepsStore { get; private init; }

    /// <summary>Reads the variables of this process.</summary>
    /// <exception cref="OptionException">A variable is missing or cannot be; names it.</exception>
    public static RankEnvironment OfThisProcess() => Read(Environment.GetEnvironmentVariable);

    /// <summary>Reads variables: those of torchrun before Open MPI's before Slurm's.</summary>
    /// <param name="variable">Gives the value of a variable, or null.</param>
    /// <exception cref="OptionException">A variable is missing or cannot be; names it.</exception>
    public static RankEnvironment Read(Func<string, string?> variable)
    {
        var read = new Variables(variable);
        if (read.Has("RANK") || read.Has("WORLD_SIZE"))
            return Make(read, RankLauncher.Torchrun, "RANK", "WORLD_SIZE", "LOCAL_RANK");
        if (read.Has("OMPI_COMM_WORLD_SIZE"))
            return Make(read, RankLauncher.Mpirun, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK");

        // A batch script has the job's variables too, without a step: it is no rank.
        return read.Has("SLURM_PROCID") && read.Has("SLURM_STEP_ID")
            ? Make(read, RankLauncher.Srun, "SLURM_PROCID", read.Has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS", "SLURM_LOCALID")
            : Single;
    }

    private static RankEnvironment Make(Variables read, RankLauncher launcher, string rank, string world, string localRank)
    {
        var size = read.Number(world, 1, 1 << 20);
        if (size == 1)
            return Single;
        var number = read.Number(rank, 0, size - 1);
        var agentKeepsStore = read.Text("TORCHELASTIC_USE_AGENT_STORE") is "True" or "1";
        var timeout = read.Has("EDL_RANK_TIMEOUT") ? read.Number("EDL_RANK_TIMEOUT", 1, 3600) : 25;
        return new RankEnvironment
        {
            Launcher = launcher,
            Rank = number,
            World = size,
            LocalRank = read.Has(localRank) ? read.Number(localRank, 0, size - 1) : number,
            Address = new RankAddress(Host(read, launcher, size), Port(read, launcher), Prefix(read, launcher), TimeSpan.FromSeconds(timeout)),
            KeepsStore = number == 0 && !agentKeepsStore,
        };
    }

    private static string Host(Variables read, RankLauncher launcher, int world)
    {
        if (read.Text("MASTER_ADDR") is { } given)
            return given;
        if (launcher == RankLauncher.Srun && (read.Text("SLURM_STEP_NODELIST") ?? read.Text("SLURM_JOB_NODELIST") ?? read.Text("SLURM_NODELIST")) is { } nodes)
            return SlurmNodes.First(nodes);
        if (launcher == RankLauncher.Mpirun && read.Text("OMPI_COMM_WORLD_LOCAL_SIZE") == world.ToString(CultureInfo.InvariantCulture))
            return Loopback;
        throw new OptionException("MASTER_ADDR", "the ranks run on several machines and nothing says where they meet",
            "Set MASTER_ADDR to the machine of rank 0, and MASTER_PORT to a free port of it, for every rank.");
    }

    // Steps of several jobs may share a machine.
    private static int Port(Variables read, RankLauncher launcher)
    {
        if (read.Has("MASTER_PORT"))
            return read.Number("MASTER_PORT", 1, ushort.MaxValue);
        if (launcher == RankLauncher.Mpirun && MpirunJob(read) is { } name)
            return 20000 + (int)(Convert.ToUInt32(Hashing.OfText(name)[..8], 16) % 10000);
        if (launcher != RankLauncher.Srun || !int.TryParse(read.Text("SLURM_JOB_ID"), NumberStyles.None, CultureInfo.InvariantCulture, out var job))
            return DefaultPort;
        _ = int.TryParse(read.Text("SLURM_STEP_ID"), NumberStyles.None, CultureInfo.InvariantCulture, out var step);
        return 20000 + (int)(((job * 7L) + step) % 10000);
    }

    // The same for every rank of one mpirun, and for no other's: its first name in Open MPI 4 and 5, its second in older ones.
    private static string? MpirunJob(Variables read) => read.Text("PMIX_NAMESPACE") ?? read.Text("OMPI_MCA_ess_base_jobid");

    // torchrun starts all ranks anew beside a store that it keeps: the count of starts keeps old keys apart. Ranks of another job that knock at
    // the wrong port find nobody of theirs.
    private static string Prefix(Variables read, RankLauncher launcher) => launcher switch
    {
        RankLauncher.Mpirun => string.Join('/', "edl", MpirunJob(read) ?? "run"),
        RankLauncher.Srun => string.Join('/', "edl", read.Text("SLURM_JOB_ID") ?? "run", read.Text("SLURM_STEP_ID") ?? "0"),
        _ => string.Join('/', "edl", read.Text("TORCHELASTIC_RUN_ID") ?? "run", read.Text("TORCHELASTIC_RESTART_COUNT") ?? "0"),
    };

    private sealed class Variables(Func<string, string?> variable)
    {
        public string? Text(string name) => variable(name) is { } value && value.Trim() is { Length: > 0 } text ? text : null;

        public bool Has(string name) => Text(name) is not null;

        public int Number(string name, int least, int most)
        {
            var text = Text(name) ?? throw new OptionException(name, "the variable is not set, though others of the launcher are",
                "Set it, or start the ranks with edl launch, torchrun, mpirun or srun.");
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
                ? value
                : throw new OptionException(name, $"'{text}' is no number from {least} to {most}", "Correct the variable, or unset the launcher's variables to train with one rank.");
        }
    }
}
