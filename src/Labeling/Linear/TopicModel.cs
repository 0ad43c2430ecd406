using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>A linear model of topics for each language: a folder of <c>en.edllm</c> and <c>zh.edllm</c>, of which one may be missing.</summary>
public sealed class TopicModel
{
    private static readonly string[] s_languages = ["en", "zh"];

    private readonly Dictionary<string, LinearModel> _models;
    private readonly string _folder;

    /// <summary>Takes the models by language.</summary>
    public TopicModel(IReadOnlyDictionary<string, LinearModel> models, string folder = "")
    {
        _models = new(models, StringComparer.Ordinal);
        _folder = folder;
    }

    /// <summary>The languages that have a model.</summary>
    public IReadOnlyCollection<string> Languages => _models.Keys;

    /// <summary>The model of a language; null where there is none.</summary>
    public LinearModel? Of(string language) => _models.GetValueOrDefault(language);

    /// <summary>Reads a folder.</summary>
    /// <exception cref="InputException">There is no model in it, one is damaged, or one names a domain that there is not.</exception>
    public static TopicModel Read(string folder, Taxonomy taxonomy)
    {
        var files = s_languages.ToDictionary(l => l, l => Path.Combine(folder, l + ".edllm"));
        var models = files.Where(f => File.Exists(f.Value)).ToDictionary(f => f.Key, f => LinearModelFile.Read(f.Value));
        if (models.Count == 0)
            throw new InputException(folder, null, "the folder holds no labeller's model (en.edllm, zh.edllm).", "Train one: edl labeller train.");
        foreach (var (language, model) in models)
            if (model.Classes.FirstOrDefault(c => taxonomy.Find(c)?.Language != language) is { } wrong)
                throw new InputException(files[language], null, $"its class '{wrong}' is no domain of the language '{language}'.", "Train it again with this version.");
        return new TopicModel(models, folder);
    }

    /// <summary>Writes the models into a folder, which is made.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (language, model) in _models)
            LinearModelFile.Write(Path.Combine(folder, language + ".edllm"), model);
    }

    /// <summary>The model of a language that a document has.</summary>
    /// <exception cref="InputException">There is none.</exception>
    internal LinearModel Require(string language) => Of(language) ?? throw new InputException(_folder, null,
        $"the labeller was trained on no documents of the language '{language}' with two topics.", "Train it on documents of that language too.");
}
