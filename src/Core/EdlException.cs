namespace ExpertDivergence.Core;

/// <summary>An error with a culprit and a remedy, fit to be shown to a person as it stands.</summary>
/// <remarks>Every error that user input or the environment can cause derives from this type; the program prints
/// <see cref="Exception.Message"/> and <see cref="Remedy"/> and ends with <see cref="ExitCode"/>, never with a stack trace.</remarks>
public class EdlException(string message, string remedy, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What to do about it: one sentence, in the imperative.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>The exit code of a program that ends with this error.</summary>
    public virtual int ExitCode => ExitCodes.Failed;
}

/// <summary>The exit codes of every verb.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Refused or failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage: an unknown verb, option, recipe or key.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by the user.</summary>
    public const int Interrupted = 130;
}

/// <summary>The command line or a recipe names something that does not exist or cannot be.</summary>
public class UsageException(string message, string remedy, Exception? inner = null) : EdlException(message, remedy, inner)
{
    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.Usage;
}

/// <summary>A value of an options record is out of its range.</summary>
/// <param name="option">The option's full name, for example <c>model.top_k</c>.</param>
/// <param name="message">What is wrong with it.</param>
/// <param name="remedy">What to set it to.</param>
public sealed class OptionException(string option, string message, string remedy) : UsageException($"{option}: {message}", remedy)
{
    /// <summary>The option's full name.</summary>
    public string Option { get; } = option;
}

/// <summary>Input data that cannot be used: names the file and, where there is one, the line.</summary>
public sealed class InputException(string file, long? line, string message, string remedy, Exception? inner = null)
    : EdlException(line is { } l ? $"{file}:{l}: {message}" : $"{file}: {message}", remedy, inner)
{
    /// <summary>The file at fault.</summary>
    public string File { get; } = file;

    /// <summary>The line at fault, counted from 1; null where the whole file is meant.</summary>
    public long? Line { get; } = line;
}

/// <summary>Something the program needs of the machine is missing: a library, a tool, disk space.</summary>
public sealed class PrerequisiteException(string message, string remedy, Exception? inner = null) : EdlException(message, remedy, inner);
