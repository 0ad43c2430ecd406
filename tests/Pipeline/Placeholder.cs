namespace ExpertDivergence.Tests.Pipeline;
