namespace ExpertDivergence.Tests.Unit;
