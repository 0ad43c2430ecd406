namespace ExpertDivergence.Stages;
