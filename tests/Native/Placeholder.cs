namespace ExpertDivergence.Tests.Native;
