using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

public sealed class DocumentStartsTests
{
    [Fact]
    public void An_end_of_text_stands_at_the_head_of_the_document_behind_it() =>
        DocumentStarts.Of([0, 5, 6, 0, 7, 0, 0, 8], 8, endOfTextId: 0).ShouldBe([0, 0, 0, 3, 3, 5, 6, 6]);

    [Fact]
    public void Every_sequence_begins_anew() => DocumentStarts.Of([5, 0, 6, 7, 8, 0], 3, endOfTextId: 0).ShouldBe([0, 1, 1, 0, 0, 2]);
}
