namespace ExpertDivergence.Data;
