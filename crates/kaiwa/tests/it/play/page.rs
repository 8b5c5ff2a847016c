//! The page in a real browser, against `kaiwa play`.

use super::{browser::Browser, scene::Playing};

const DESKTOP: (u32, u32) = (1280, 800);
const PHONE: (u32, u32) = (390, 844);

/// Opens the page, dark and in English unless the query says otherwise.
macro_rules! open {
    ($browser:expr, $playing:expr, $query:expr, $size:expr) => {{
        let address = format!("{}/page/?{}", $playing.url, $query);
        $browser.open(&address, $size.0, $size.1).await
    }};
}

#[tokio::test]
async fn somebody_asks_and_the_answer_streams_into_a_thread() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let page = open!(browser, playing, "lang=en&theme=dark&panel=none", DESKTOP);
    page.shows(".model-note", "Scripted guide").await;
    page.click("#talk .composer textarea").await;
    page.types("@ka").await;
    page.shows(".complete-option", "kaiwa").await;
    page.key("Tab").await;
    page.types("some code, please").await;
    page.key("Enter").await;
    page.shows(".message[data-author=ada] .mention", "@kaiwa")
        .await;
    page.shows(".thread-card", "some code, please").await;
    page.click(".thread-card").await;
    page.shows("#beside h2", "some code, please").await;
    // The last sentence came by edits.
    page.shows(".message[data-author=kaiwa]", "with its language.")
        .await;
    page.shows(".message[data-author=kaiwa] .edited", "(edited)")
        .await;
    page.shows(".message[data-author=kaiwa] .code-keyword", "def")
        .await;
    // In the thread no mention is needed.
    page.says_in("#beside", "and a table").await;
    page.shows("#beside .message[data-author=kaiwa] .fence", "Reykjavík")
        .await;
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn a_thread_stands_beside_its_channel_where_there_is_room() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let page = open!(browser, playing, "lang=en&panel=members", DESKTOP);
    page.says("@kaiwa a recipe, please").await;
    page.click(".thread-card").await;
    page.shows("#beside .message[data-author=kaiwa]", "Boil")
        .await;
    page.until("document.activeElement.closest('#beside')")
        .await;
    // The channel goes on beside it, and the members made room.
    page.until("document.querySelector('#panel').hidden").await;
    page.says("what is in the channel stays there").await;
    page.shows("#talk .message", "what is in the channel stays there")
        .await;
    page.says_in("#beside", "@ben what is in the thread, too")
        .await;
    page.shows("#beside .message", "what is in the thread, too")
        .await;
    page.until("![...document.querySelectorAll('#talk .content > .markdown')].some((one) => one.textContent.includes('in the thread'))")
        .await;
    // The card under the question shows the thread's newest words as people read them.
    page.shows("#talk .thread-last", "@Ben what is in the thread, too")
        .await;
    // The address leads to the same, and Escape to the channel alone, where one may write at once.
    let address = page.is("location.href").await;
    let page = browser
        .open(address.as_str().unwrap(), DESKTOP.0, DESKTOP.1)
        .await;
    page.shows("#beside .message", "what is in the thread, too")
        .await;
    page.click("#beside .composer textarea").await;
    page.key("Escape").await;
    page.until("document.querySelector('#beside').hidden && document.activeElement.closest('#talk .composer')").await;
    page.click(".thread-card").await;
    page.shows("#beside h2", "a recipe, please").await;
    // What leaves no room for it gives it the whole place.
    page.click(".tab-xray").await;
    page.shows("#header h1", "a recipe, please").await;
    page.until("document.querySelector('#beside').hidden").await;
    let phone = open!(browser, playing, "lang=ja&panel=none", PHONE);
    phone.click(".thread-card").await;
    phone.shows("#header h1", "a recipe, please").await;
    // A new post stands beside its forum.
    let forum = open!(browser, playing, "lang=en&panel=none", DESKTOP);
    forum
        .is("[...document.querySelectorAll('.channel')].find((one) => one.textContent.includes('ideas')).click()")
        .await;
    forum.click("[data-action=new-post]").await;
    forum.types("A better kettle").await;
    forum.click(".dialog textarea").await;
    forum.types("one that sings").await;
    forum.click(".dialog [type=submit]").await;
    forum.shows("#beside h2", "A better kettle").await;
    forum.shows("#talk .post", "one that sings").await;
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn two_people_talk_edit_react_and_delete() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let ada = open!(browser, playing, "lang=en&as=ada&panel=none", DESKTOP);
    let ben = open!(browser, playing, "lang=en&as=ben&panel=members", DESKTOP);
    ben.shows("#panel .member", "kaiwa").await;
    ada.says("hello ben").await;
    ben.shows(".message", "hello ben").await;
    ben.click("#talk .composer textarea").await;
    ben.types("hm").await;
    ada.shows(".typing", "Ben is typing").await;
    ada.key("ArrowUp").await;
    ada.until("document.querySelector('.edit-field') === document.activeElement")
        .await;
    ada.is("document.activeElement.select()").await;
    ada.types("hello **dear** ben").await;
    ada.key("Enter").await;
    ben.shows(".message strong", "dear").await;
    ben.right_click(".message .markdown").await;
    ben.click(".menu .quick button").await;
    ada.shows(".reaction", "1").await;
    ada.click(".reaction").await;
    ben.shows(".reaction", "2").await;
    ben.right_click(".message .markdown").await;
    ben.until("!document.querySelector('[data-action=delete]')")
        .await;
    ben.key("Escape").await;
    ada.right_click(".message .markdown").await;
    ada.click("[data-action=delete]").await;
    ada.click("[data-action=confirm-delete]").await;
    ben.until("!document.querySelector('.message[data-author=ada]')")
        .await;
    // One window can be somebody else.
    ada.click("[data-action=people]").await;
    ada.click("[data-become=yuki]").await;
    ada.shows(".person b", "ゆき").await;
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn a_picture_is_uploaded_and_shown() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let page = open!(browser, playing, "lang=en&panel=none", DESKTOP);
    let directory = tempfile::tempdir().unwrap();
    let picture = directory.path().join("dot.png");
    // A picture of one pixel.
    let bytes: [u8; 67] = [
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
        0, 0, 0, 58, 126, 155, 85, 0, 0, 0, 10, 73, 68, 65, 84, 120, 156, 99, 104, 0, 0, 0, 130, 0,
        129, 119, 205, 114, 182, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ];
    std::fs::write(&picture, bytes).unwrap();
    let notes = directory.path().join("notes.txt");
    std::fs::write(&notes, "the sea is blue").unwrap();
    page.chooses("#talk .composer input[type=file]", &[&picture, &notes])
        .await;
    page.shows(".tray", "dot.png").await;
    page.says("look at this").await;
    page.until("document.querySelector('.attachments .picture img')?.width === 1")
        .await;
    page.shows(".attachments .preview", "the sea is blue").await;
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn trouble_is_made_and_the_answer_arrives_whole() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let page = open!(browser, playing, "lang=en&panel=trouble", DESKTOP);
    page.shows(".lamp", "Bot running (start 1)").await;
    page.says("@kaiwa a recipe, please").await;
    page.click(".thread-card").await;
    page.shows(".message[data-author=kaiwa]", "Boil").await;
    page.click("[data-trouble=kill]").await;
    page.shows(".lamp", "Bot running (start 2)").await;
    page.click("[data-trouble=limit]").await;
    page.click("[data-trouble=lose]").await;
    page.shows(".message[data-author=kaiwa]", "as a good answer does.")
        .await;
    let text = page.is("[...document.querySelectorAll('.message[data-author=kaiwa] .markdown')].map((one) => one.textContent).join('')").await;
    let text = text.as_str().unwrap();
    assert_eq!(text.matches("Boil half a litre").count(), 1, "{text}");
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn the_xray_shows_what_the_model_was_sent() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let page = open!(browser, playing, "lang=en&panel=xray", DESKTOP);
    page.says("@kaiwa which formula?").await;
    page.shows(".entry", "which formula?").await;
    page.click(".entry summary").await;
    page.shows(".prompt.system", "Discord conversation").await;
    page.shows(".prompt.user", "which formula?").await;
    page.until("document.querySelector('.timeline .asked') && document.querySelector('.timeline .call.fine')").await;
    page.click("[data-tab=rest]").await;
    page.shows(".call-line", "CreateThreadFromMessage").await;
    page.click("[data-tab=gateway]").await;
    page.shows(".entry", "MESSAGE_CREATE").await;
    page.click("[data-tab=log]").await;
    page.shows(".log-line", "is online").await;
    page.click("[data-tab=store]").await;
    page.shows("[data-held=conversations]", "1").await;
    page.shows(".call-line", "which formula?").await;
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn the_xray_shows_what_no_longer_fits_the_model() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let small = [
        ("KAIWA_CONTEXT_TOKENS", "512".to_owned()),
        ("KAIWA_SYSTEM_PROMPT", "Be kind.".to_owned()),
    ];
    let playing = Playing::with(&["--guide"], &small).await;
    let page = open!(browser, playing, "lang=en&panel=xray", DESKTOP);
    page.says("what is said to nobody").await;
    page.says("@kaiwa hello!").await;
    page.click(".entry summary").await;
    page.shows(".left-out[data-why=elsewhere]", "what is said to nobody")
        .await;
    page.until("!document.querySelector('.entry .missing')")
        .await;
    page.click(".thread-card").await;
    page.shows(".message[data-author=kaiwa]", "what happens underneath.")
        .await;
    page.says("@ben a slip of the tongue").await;
    page.shows(".message:last-child", "a slip of the tongue")
        .await;
    page.right_click(".message:last-child .markdown").await;
    page.click("[data-action=delete]").await;
    page.click("[data-action=confirm-delete]").await;
    page.until("!document.body.textContent.includes('slip of the tongue')")
        .await;
    page.says("and all formats").await;
    page.shows(".message[data-author=kaiwa]", "can ping anyone")
        .await;
    page.says("and a table").await;
    page.shows(".message[data-author=kaiwa]", "Reykjavík").await;
    // The newest turn is the first; the first question and its answer had no room beside the others.
    page.shows(".entry .missing", "−3").await;
    page.click(".entry summary").await;
    page.shows(".left-out[data-why=older]", "hello!").await;
    page.shows(".entry", "3 of 5 messages were sent in full")
        .await;
    page.shows(".entry", "1 message was deleted before").await;
    // It leads to where it stands.
    page.click(".left-out[data-why=older]").await;
    page.until("document.querySelector('.message.found')").await;
    playing.stop();
    browser.finish();
}

#[tokio::test]
async fn it_is_japanese_light_and_fits_a_phone() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let playing = Playing::start().await;
    let page = open!(
        browser,
        playing,
        "lang=ja&theme=light&as=yuki&panel=none",
        PHONE
    );
    page.until("document.documentElement.lang === 'ja' && document.documentElement.dataset.theme === 'light'").await;
    page.until("document.documentElement.scrollWidth <= innerWidth")
        .await;
    page.click("[data-action=side]").await;
    page.until("document.body.classList.contains('side-open')")
        .await;
    page.click("[data-guild=home]").await;
    page.click("[data-direct=kaiwa]").await;
    page.until(
        "document.querySelector('#talk .composer textarea').placeholder === '@kaiwaへメッセージを送信'",
    )
    .await;
    page.click("#talk .composer textarea").await;
    page.types("表を見せて").await;
    page.click("[data-action=send]").await;
    page.shows(".message[data-author=kaiwa]", "レイキャビク")
        .await;
    page.until("document.documentElement.scrollWidth <= innerWidth")
        .await;
    // Both languages have the same sentences, and no sentence is missing where it is used.
    let missing = page
        .is(r#"(async () => {
            const [{ en }, { ja }] = await Promise.all([import('/page/words_en.js'), import('/page/words_ja.js')]);
            const same = (a, b) => Object.keys(a).filter((key) => !(key in b) || typeof a[key] !== typeof b[key]);
            return [...same(en, ja), ...same(ja, en)];
        })()"#)
        .await;
    assert_eq!(missing, serde_json::json!([]));
    playing.stop();
    browser.finish();
}
