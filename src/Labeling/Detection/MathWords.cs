using System.Collections.Frozen;

namespace ExpertDivergence.Labeling;

/// <summary>Words that mathematical text is made of, each with its weight: 2 where it hardly occurs elsewhere, 1 where it is usual there, less where
/// it is also a word of other fields.</summary>
internal static class MathWords
{
    private static readonly (string Words, double Weight)[] s_english =
    [
        ("theorem lemma corollary morphism homomorphism isomorphism functor homotopy polynomial polynomials eigenvalue eigenvector eigenvalues determinant quadratic "
            + "denominator numerator integrand antiderivative antiderivatives surjective injective bijective bijection cohomology abelian hypotenuse cosine tangent logarithm "
            + "parabola hyperbola trigonometric factorial binomial summand quartiles histogram histograms boxplot scatterplot outliers skewed uncorrelated integers monoid groupoid cardinality coprime divisible divisor exponent", 2),
        ("proof theorems lemmas equation equations integer algebra algebraic algebraically integral integrals derivative derivatives differentiable calculus sequence convergent "
            + "diverges converges convergence vector vectors matrix matrices scalar topology topological manifold subset subsets subspace commutative associative bounded "
            + "fraction fractions decimal multiply multiplied divided subtract arithmetic geometry geometric triangle perimeter radius circumference coordinates slope "
            + "asymptote domain function functions finite infinite infinity continuous discrete countable probability probabilities variance deviation permutation permutations "
            + "modulo congruent prime primes rational irrational proposition conjecture axiom axioms inequality inequalities quantity sheaf sheaves scheme schemes "
            + "evaluate simplify factoring graph axis sin cos tan log sqrt squared cubed square sum median quartile regression hypothesis mean "
            + "statistic sampling sampled percentile percentiles correlation correlated frequencies frequency statistically significance stratified contingency marginal conditional independent dependent residual residuals interval intervals error estimate estimates distribution distributions distributed normal uniform poisson survey null alternative curve curves intercept plot plots algebraically morphisms stack stacks categories category field fields ring rings module modules equals solve solving exponential limit limits theta sigma epsilon lambda equivalence quotient kernel", 0.6),
        ("suppose let therefore hence such given following consider example exercise exercises solution find calculate compute value values equal number numbers total "
            + "show prove holds follows denote define definition satisfying variable variables formula data set random average population populations sample samples standard table percent percentage proportion significant test tests confidence expected outcomes event events twice half each per remaining", 0.15),
    ];

    private static readonly (string Words, double Weight)[] s_chinese =
    [
        ("定理 引理 推论 证明 方程 多项式 导数 积分 矩阵 行列式 特征值 微分 收敛 同构 同态 拓扑 不等式 解析解 充要条件 充分条件 必要条件 有理数 无理数 整数 自然数 素数 质数 公约数 公倍数 "
            + "勾股 三角形 平行四边形 正弦 余弦 抛物线 双曲线 椭圆 概率 方差 随机变量 向量 子空间 线性空间 交换群 数列 等比 等差 极限 级数 有界 存在唯一 算子 流形 泛函 二项式 排列组合 解得 求解 "
            + "算式 分数 分母 分子式 乘以 除以 等于 平方 立方 半径 直径 周长 因式 代数 几何 映射 单调 连续函数 偏微分 边值问题 渐近", 1.2),
        ("函数 变量 集合 定义 命题 公式 计算 数学 已知 可得 设有 所以 因此 系数 常数 估计 分布 样本 期望 周期 图论 有限 无穷 唯一性 稳定性 一致 给出了 满足 条件下 求 共有 一共 多少 还剩 平均", 0.35),
    ];

    private static readonly FrozenDictionary<char, (string, double)[]> s_chineseByFirst = s_chinese
        .SelectMany(g => g.Words.Split(' ').Select(w => (Word: w, g.Weight)))
        .GroupBy(w => w.Word[0]).ToFrozenDictionary(g => g.Key, g => g.OrderByDescending(w => w.Word.Length).ToArray());

    /// <summary>Lower-case English words.</summary>
    public static FrozenDictionary<string, double> English { get; } = s_english
        .SelectMany(g => g.Words.Split(' ').Select(w => (Word: w, g.Weight)))
        .DistinctBy(w => w.Word).ToFrozenDictionary(w => w.Word, w => w.Weight, StringComparer.Ordinal);

    /// <summary>TeX commands that any document has; all others count as mathematics.</summary>
    public static FrozenSet<string> TexOfDocuments { get; } = ("section subsection subsubsection chapter paragraph item begin end label ref cite emph textit textbf texttt "
        + "footnote url href includegraphics caption documentclass usepackage title author date maketitle tableofcontents newcommand index input include bibliography "
        + "noindent centering hline vspace hspace newpage par and the large small tiny bf it rm tt em quad nt rn un").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The Chinese words that begin with a character, longest first.</summary>
    public static (string Word, double Weight)[] ChineseFrom(char first) => s_chineseByFirst.GetValueOrDefault(first) ?? [];
}
