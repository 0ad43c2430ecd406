namespace ExpertDivergence.Tests.Build;
