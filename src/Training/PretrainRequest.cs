using System.Text.Json.Nodes;

namespace ExpertDivergence.Training;

/// <summary>What to train, and where.</summary>
public sealed record PretrainRequest
{
    /// <summary>The arm's name.</summary>
    public required string Arm { get; init; }

    /// <summary>Names the random streams of the weights and of the order.</summary>
    public required long Seed { get; init; }

    /// <summary>Section <c>model</c> of the recipe.</summary>
    public required JsonObject Model { get; init; }

    /// <summary>Section <c>train</c> of the recipe.</summary>
    public required JsonObject Train { get; init; }

    /// <summary>Section <c>arms.NAME.losses</c> of the recipe: options by loss.</summary>
    public required JsonObject Losses { get; init; }

    /// <summary>The version of the stage's code: a state that another one wrote is not taken up.</summary>
    public int StageVersion { get; init; }

    /// <summary>What the stage Pack wrote.</summary>
    public required string PackFolder { get; init; }

    /// <summary>Where the result goes: the partial folder of the stage, kept between runs. What an interrupted run of the same
    /// request left in it is taken up.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Which rank of how many this process is; every rank gets the same request otherwise.</summary>
    public RankEnvironment Ranks { get; init; } = RankEnvironment.Single;
}
