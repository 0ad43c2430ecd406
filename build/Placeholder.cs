namespace ExpertDivergence.Build;
