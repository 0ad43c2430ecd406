namespace ExpertDivergence.Reporting;
