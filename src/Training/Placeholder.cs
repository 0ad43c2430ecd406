namespace ExpertDivergence.Training;
