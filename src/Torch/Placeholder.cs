namespace ExpertDivergence.Torch;
