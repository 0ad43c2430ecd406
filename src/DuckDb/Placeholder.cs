namespace ExpertDivergence.DuckDb;
