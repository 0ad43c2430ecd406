namespace ExpertDivergence.Labeling;
