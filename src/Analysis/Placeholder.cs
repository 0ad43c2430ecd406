namespace ExpertDivergence.Analysis;
