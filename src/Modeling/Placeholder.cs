namespace ExpertDivergence.Modeling;
