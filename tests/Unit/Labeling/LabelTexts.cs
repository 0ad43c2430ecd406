namespace ExpertDivergence.Tests.Unit.Labeling;

/// <summary>Texts written for the detectors, of two hundred characters or more.</summary>
internal static class LabelTexts
{
    public static readonly string[] English =
    [
        "The ferry left the harbour at seven, an hour late, and most of the passengers had fallen asleep on the benches before it reached open water. Anna stayed on deck and watched the lights of the town grow small. She had packed only one bag, and a letter for her brother.",
        "Our shop repairs bicycles of every age. Bring yours in before noon and it will usually be ready the same evening. We charge $15 for a new tube and $40 for a full service; if parts cost more than we expected, we call you first and wait for your answer.",
        "Plants make sugar from light, water and carbon dioxide. In the leaf, pigments absorb red and blue light, and the energy drives electrons through a chain of proteins in a membrane. A biologist who wants to measure the rate can count bubbles of oxygen under water.",
        "The town of Kaifeng (开封) was the capital of the Song dynasty for over a hundred years. Visitors today see a rebuilt gate, a quiet lake and a night market where sellers offer soup, dumplings and almond tea. Most people arrive by train from Zhengzhou and stay one night.",
    ];

    public static readonly string[] Chinese =
    [
        "清晨的渡口很安静，船工们一边整理缆绳，一边谈论昨夜的大雨。河水涨了许多，岸边的柳树有一半泡在水里。老李背着一只旧布包站在石阶上，等着对岸的孙女来接他。他已经三年没有回过村子了，听说新修的公路一直通到山脚下，连邮局也搬进了新楼。他想先去看看学校，再到茶馆里坐一坐，打听几位老朋友的消息。船靠岸的时候，太阳刚好从云里出来，照得满河都是亮光。孩子们从堤上跑下来，大声喊着他的名字，他笑着挥了挥手，忽然觉得这一路的辛苦都不算什么了。",
        "这款应用可以帮助你管理家里的电器。打开手机，连接家中的WiFi，就能看到空调、电灯和洗衣机的状态。出门以后忘记关灯也不用担心，点一下按钮就可以远程关闭。新版本修复了几个已知问题，优化了Android系统上的耗电情况，并且支持多个家庭成员共同使用。如果在使用过程中遇到困难，可以在设置页面里找到在线客服，我们会在一天之内回复。感谢大家一直以来的支持，也欢迎把建议写在评论里告诉我们，我们会认真阅读每一条意见，并在下一个版本中不断改进。",
        "# 安装环境\n\n本节介绍怎样在自己的电脑上安装运行环境。首先下载安装包，然后打开终端，输入下面的命令：\n\n```bash\npip install demo\npython -m demo --port 8080\n```\n\n命令执行完毕之后，浏览器会自动打开一个页面。如果页面没有出现，请检查防火墙的设置，或者换一个端口再试一次。安装成功以后，我们就可以开始编写第一个程序了。接下来的章节会逐步介绍各个模块的用法，并给出完整的例子，读者可以边读边练习，遇到问题时查看附录中的常见问题解答。",
    ];

    public static readonly string[] Mathematics =
    [
        "Let $G$ be a finite group and let $H \\subset G$ be a subgroup. The cosets $gH$ partition $G$, and each has $|H|$ elements, since $h \\mapsto gh$ is a bijection.\n\\begin{theorem}\nThe order of $H$ divides the order of $G$, and $[G : H] = |G| / |H|$.\n\\end{theorem}\nIn particular $g^{|G|} = e$ for all $g \\in G$.",
        "Question: A baker makes 12 trays of rolls with 8 rolls on each tray. She sells 70 rolls and gives 5 away. How many rolls are left?\nAnswer: She bakes 12 * 8 = 96 rolls. She parts with 70 + 5 = 75 rolls. So 96 - 75 = 21 rolls are left. The answer is 21. Check: 21 + 75 = 96.",
        "To find where the parabola y = x² − 4x + 3 meets the axis, solve the quadratic equation x² − 4x + 3 = 0. Factoring gives (x − 1)(x − 3) = 0, hence x = 1 or x = 3. The derivative 2x − 4 vanishes at x = 2, so that the minimum value is −1. The graph is symmetric about the line x = 2.",
        "设函数 f(x) = x³ − 3x + 1，求它的单调区间与极值。解：求导得 f′(x) = 3x² − 3 = 3(x − 1)(x + 1)。令 f′(x) = 0，解得 x = 1 或 x = −1。当 x < −1 时 f′(x) > 0，函数单调递增；当 −1 < x < 1 时 f′(x) < 0，函数单调递减；当 x > 1 时函数单调递增。所以极大值为 f(−1) = 3，极小值为 f(1) = −1。由零点定理可知方程 f(x) = 0 有三个实数根，证明完毕。再求在区间 [0, 2] 上的最大值：f(0) = 1，f(1) = −1，f(2) = 3，所以最大值等于 3。",
        "The sample mean of the 25 measurements is 7.2 and the sample standard deviation is 1.5. Assume a normal distribution. The standard error equals 1.5 / 5 = 0.3, so a 95 percent confidence interval for the population mean is 7.2 ± 2.06 · 0.3. The null hypothesis μ = 8 is rejected at significance level α = 0.05.",
    ];

    public static readonly string[] Code =
    [
        "def mean(values):\n    \"\"\"Average of a list.\"\"\"\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)\n\n\ndef variance(values):\n    m = mean(values)\n    return sum((v - m) ** 2 for v in values) / len(values)\n\n\nif __name__ == \"__main__\":\n    print(variance([1, 2, 3, 4]))\n",
        "#include <vector>\n\nstruct Matrix {\n    int rows = 0;\n    int columns = 0;\n    std::vector<double> data;\n\n    double& at(int row, int column) { return data[row * columns + column]; }\n};\n\nint main() {\n    Matrix m{2, 2, {1, 2, 3, 4}};\n    return m.at(0, 1) == 2 ? 0 : 1;\n}\n",
        "fn gcd(a: u64, b: u64) -> u64 {\n    if b == 0 {\n        return a;\n    }\n    gcd(b, a % b)\n}\n\n#[test]\nfn works() {\n    let x = gcd(12, 18);\n    assert_eq!(x, 6);\n    let y = 3 * x + 1;\n    assert!(y > 0 && y != x);\n}\n\npub fn lcm(a: u64, b: u64) -> u64 {\n    a / gcd(a, b) * b\n}\n",
    ];

    /// <summary>A small corpus of two topics, each document different.</summary>
    public static IEnumerable<(string Text, string Domain)> Topics(int each, string seed = "a")
    {
        string[] cooking = ["oven", "butter", "flour", "soup", "garlic", "bake", "sugar", "dough", "pan", "pepper"];
        string[] sport = ["match", "goal", "coach", "league", "striker", "season", "referee", "stadium", "penalty", "defender"];
        for (var i = 0; i < each; i++)
        {
            var random = new Core.KeyedRandom(i, seed);
            string Say(string[] words) => string.Join(' ', Enumerable.Range(0, 30).Select(n => n % 3 == 0 ? random.Pick(words) : random.Pick<string>(["the", "and", "was", "with", "then", "a"])));
            yield return (Say(cooking), "en/Food & Dining");
            yield return (Say(sport), "en/Sports & Fitness");
        }
    }
}
