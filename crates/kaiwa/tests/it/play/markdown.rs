//! Discord's Markdown as the page shows it, in a real browser: text in, elements out.

use kaiwa_sim::{Sim, World, page::Page};
use serde_json::json;

use super::browser::Browser;

/// Texts, and what becomes of them.
const CASES: &[(&str, &str)] = &[
    (
        "**b** *i* _i_ __u__ ~~s~~ ***x***",
        "<strong>b</strong> <em>i</em> <em>i</em> <u>u</u> <s>s</s> <em><strong>x</strong></em>",
    ),
    ("snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"),
    ("\\*not\\*", "*not*"),
    (
        "`a **b**` ``c ` d``",
        "<code class=\"inline\">a **b**</code> <code class=\"inline\">c ` d</code>",
    ),
    (
        "# One\n## Two\n### Three\n#### four\n#five",
        "<h1>One</h1><h2>Two</h2><h3>Three</h3>#### four\n#five",
    ),
    (
        "-# small **print**\nrest",
        "<small class=\"small-print\">small <strong>print</strong></small>rest",
    ),
    (
        "> one\n> two\nthree",
        "<blockquote>one\ntwo</blockquote>three",
    ),
    (">>> all\nof it", "<blockquote>all\nof it</blockquote>"),
    (
        "- a\n  - b\n- c\nend",
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>end",
    ),
    ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"),
    (
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ),
    ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    (
        "<img src=x onerror=alert(1)>",
        "&lt;img src=x onerror=alert(1)&gt;",
    ),
    (
        "[a **b**](https://e.org/x_(y))",
        "<a href=\"https://e.org/x_(y)\" target=\"_blank\" rel=\"noopener noreferrer\" title=\"https://e.org/x_(y)\">a <strong>b</strong></a>",
    ),
    (
        "see https://e.org/a_b_c.",
        "see <a href=\"https://e.org/a_b_c\" target=\"_blank\" rel=\"noopener noreferrer\" title=\"https://e.org/a_b_c\">https://e.org/a_b_c</a>.",
    ),
    ("unclosed **bold and `code", "unclosed **bold and `code"),
    ("日本語の**太字**です", "日本語の<strong>太字</strong>です"),
];

#[tokio::test]
async fn text_becomes_what_discord_makes_of_it() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let listen = "127.0.0.1:0".parse().unwrap();
    let sim = Sim::start_with_page(World::for_people(), listen, Page::default())
        .await
        .unwrap();
    let page = browser
        .open(
            &format!("{}/page/?lang=en&panel=none", sim.url()),
            1280,
            800,
        )
        .await;
    for (text, expected) in CASES {
        let shown = format!(
            "import('/page/markdown.js').then(({{ markdown }}) => markdown({}).innerHTML)",
            json!(text)
        );
        assert_eq!(page.is(&shown).await, *expected, "{text}");
    }
    let fence = "import('/page/markdown.js').then(({ markdown }) => markdown('a\\n```rust\\nlet x = \"y\"; // z\\n```\\nb').textContent)";
    assert_eq!(page.is(fence).await, "alet x = \"y\"; // zb");
    // Whatever is written, the page goes on.
    let odd = r#"import('/page/markdown.js').then(({ markdown }) => {
        const parts = ['*', '**', '_', '__', '`', '```', '||', '~~', '>', '> ', '- ', '\n', '<', '<@1>', '[', '](', ')', 'a', ' ', '# ', 'https://x', '\\', '会'];
        let seed = 7;
        const next = () => (seed = (seed * 48271) % 2147483647);
        for (let round = 0; round < 400; round += 1) {
            let text = '';
            for (let count = next() % 40; count > 0; count -= 1) text += parts[next() % parts.length];
            markdown(text);
        }
        const start = performance.now();
        markdown('*a_**b'.repeat(660));
        markdown('['.repeat(4000));
        markdown('> '.repeat(2000));
        return performance.now() - start < 5000;
    })"#;
    assert_eq!(page.is(odd).await, true);
    browser.finish();
}
