//! A real browser, driven as its own developer tools drive it: Chromium without a window, over a websocket.
//! <https://chromedevtools.github.io/devtools-protocol>

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// Long enough for a loaded machine; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running Chromium. It ends with its test.
pub(super) struct Browser {
    child: Child,
    link: Link,
    _profile: TempDir,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// The way to it; clones are the same.
#[derive(Clone)]
struct Link {
    out: mpsc::UnboundedSender<String>,
    waiting: Waiting,
    next: Arc<AtomicU64>,
    complaints: Arc<Mutex<Vec<String>>>,
    /// The documents that have taken the place of the one before in a page, by the ids of their loaders.
    there: Arc<watch::Sender<HashSet<String>>>,
}

/// One page in it.
pub(super) struct Page {
    link: Link,
    session: String,
}

/// Where Chromium is. Where it is missing and may be installed, it is; where it can't, that is said, past what the test
/// harness holds back.
fn chromium() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        look().or_else(|| {
            let install = "[ \"$(id -u)\" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
                DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium";
            let _ = Command::new("sh").args(["-c", install]).stdout(Stdio::null()).stderr(Stdio::null()).status();
            look()
        })
    });
    if found.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "\nNOT RUN: a story of the page, because there is no Chromium here. Install it (apt-get install chromium).\n"
        );
    }
    found.as_deref()
}

fn look() -> Option<PathBuf> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let path = std::env::var_os("PATH")?;
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut all = names
        .iter()
        .flat_map(|name| directories.iter().map(move |one| one.join(name)));
    all.find(|file| file.is_file())
}

impl Browser {
    /// Starts it; none where there is none.
    pub(super) async fn start() -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(chromium()?)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args([
                "--disable-background-timer-throttling",
                "--disable-renderer-backgrounding",
                "--lang=en-US",
            ])
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = child.stderr.take().unwrap();
        let (told, address) = oneshot::channel();
        std::thread::spawn(move || {
            let mut told = Some(told);
            // Read to its end, so that the browser never waits for a reader.
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("DevTools listening on ")
                    && let Some(told) = told.take()
                {
                    let _ = told.send(address.to_owned());
                }
            }
        });
        let address = tokio::time::timeout(PATIENCE, address).await.unwrap();
        let link = Link::connect(&address.expect("Chromium tells where it listens")).await;
        Some(Self {
            child,
            link,
            _profile: profile,
        })
    }

    /// Opens an address in a page of this size.
    pub(super) async fn open(&self, address: &str, width: u32, height: u32) -> Page {
        let target = self
            .link
            .call(None, "Target.createTarget", json!({ "url": "about:blank" }))
            .await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = self.link.call(None, "Target.attachToTarget", attach).await;
        let page = Page {
            link: self.link.clone(),
            session: attached["sessionId"].as_str().unwrap().to_owned(),
        };
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "DOM.enable"] {
            page.call(domain, json!({})).await;
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        page.call("Emulation.setDeviceMetricsOverride", size).await;
        page.call(
            "Emulation.setFocusEmulationEnabled",
            json!({ "enabled": true }),
        )
        .await;
        let navigated = page.call("Page.navigate", json!({ "url": address })).await;
        let loader = navigated["loaderId"].as_str();
        let loader = loader.unwrap_or_else(|| panic!("{address} leads nowhere: {navigated}"));
        // The document before still answers when the navigation has begun, and goes while it waits for something.
        let mut there = page.link.there.subscribe();
        let there = there.wait_for(|there| there.contains(loader));
        let there = tokio::time::timeout(PATIENCE, there).await;
        there.expect("the page never came").unwrap();
        page.until("document.querySelector('.person b')").await;
        page
    }

    /// Nothing went wrong in any page.
    pub(super) fn finish(self) {
        let complaints = self.link.complaints.lock().unwrap();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Link {
    async fn connect(address: &str) -> Self {
        let (socket, _) = connect_async(address).await.unwrap();
        let (mut sending, mut heard) = socket.split();
        let (out, mut to_send) = mpsc::unbounded_channel::<String>();
        let link = Self {
            out,
            waiting: Waiting::default(),
            next: Arc::default(),
            complaints: Arc::default(),
            there: Arc::default(),
        };
        tokio::spawn(async move {
            while let Some(text) = to_send.recv().await {
                if sending.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        });
        let hearing = link.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = heard.next().await {
                if let Message::Text(text) = message {
                    hearing.hear(&serde_json::from_str(&text).unwrap());
                }
            }
        });
        link
    }

    fn hear(&self, message: &Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(waits) = self.waiting.lock().unwrap().remove(&id) {
                let _ = waits.send(message.clone());
            }
            return;
        }
        let entry = &message["params"]["entry"];
        let frame = &message["params"]["frame"];
        if let ("Page.frameNavigated", Some(loader)) = (
            message["method"].as_str().unwrap_or_default(),
            frame["loaderId"].as_str(),
        ) {
            self.there
                .send_modify(|there| there.extend([loader.to_owned()]));
        }
        let complaint = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => {
                Some(message["params"]["exceptionDetails"].to_string())
            }
            Some("Runtime.consoleAPICalled") if message["params"]["type"] == "error" => {
                Some(message["params"]["args"].to_string())
            }
            // That a call was refused is said on the page too.
            Some("Log.entryAdded") if entry["level"] == "error" && entry["source"] != "network" => {
                Some(entry.to_string())
            }
            _ => None,
        };
        self.complaints.lock().unwrap().extend(complaint);
    }

    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answers, answer) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, answers);
        let mut request = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            request["sessionId"] = json!(session);
        }
        self.out.send(request.to_string()).unwrap();
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let mut answer = answer
            .unwrap_or_else(|_| panic!("no answer to {request}"))
            .unwrap();
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].take()
    }
}

impl Page {
    async fn call(&self, method: &str, params: Value) -> Value {
        self.link.call(Some(&self.session), method, params).await
    }

    /// What an expression is in the page; promises are waited for.
    pub(super) async fn is(&self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let mut answer = self.call("Runtime.evaluate", params).await;
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].take()
    }

    /// Waits until an expression is something; looked at again whenever the page changes, and with each of its frames: how wide
    /// it is can change without a change of what is in it.
    pub(super) async fn until(&self, expression: &str) {
        let waits = format!(
            "new Promise((done) => {{ const look = () => {{ let found = null; try {{ found = ({expression}); }} catch {{}} if (!found) return false; done(true); return true; }};
             if (!look()) {{ const eye = new MutationObserver(() => look() && eye.disconnect());
             eye.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
             const frame = () => {{ if (look()) eye.disconnect(); else requestAnimationFrame(frame); }}; requestAnimationFrame(frame); }} }})"
        );
        self.awaited(&waits, expression).await;
    }

    /// What a promise comes to that waits for something.
    async fn awaited(&self, promise: &str, what: &str) -> Value {
        let come = tokio::time::timeout(PATIENCE / 2, self.is(promise)).await;
        if let Ok(come) = come {
            return come;
        }
        let shown = self.is("document.body.innerText").await;
        panic!(
            "{what} never was so; the page shows:\n{}",
            shown.as_str().unwrap_or_default()
        );
    }

    /// Waits until a text is shown in what a selector finds.
    pub(super) async fn shows(&self, selector: &str, text: &str) {
        let text = json!(text);
        self.until(&format!(
            "[...document.querySelectorAll({})].some((one) => one.textContent.includes({text}))",
            json!(selector)
        ))
        .await;
    }

    /// Clicks in the middle of the first thing that a selector finds.
    pub(super) async fn click(&self, selector: &str) {
        self.press(selector, "left").await;
    }

    /// Opens the menu of it.
    pub(super) async fn right_click(&self, selector: &str) {
        self.press(selector, "right").await;
    }

    async fn press(&self, selector: &str, button: &str) {
        let quoted = json!(selector);
        self.until(&format!("document.querySelector({quoted})"))
            .await;
        // What moves is clicked once it stands still, and once nothing else lies over it. What is about to move stands still too,
        // and on a busy machine for several frames.
        let place = format!(
                "new Promise((done) => {{ let last = ''; const look = () => {{
                 const one = document.querySelector({quoted}); one?.scrollIntoView({{ block: 'nearest' }}); const box = one?.getBoundingClientRect();
                 const moves = document.getAnimations().some(({{ effect }}) => effect.target.contains(one) && effect.getComputedTiming().endTime < Infinity);
                 const place = box && [box.x + Math.min(box.width / 2, 300), box.y + box.height / 2];
                 const hit = box && document.elementFromPoint(...place); const now = JSON.stringify(box);
                 if (hit && !moves && now === last && (one.contains(hit) || hit.contains(one))) return done(place);
                 last = now; requestAnimationFrame(() => requestAnimationFrame(look)); }}; look(); }})"
            );
        let place = self
            .awaited(&place, &format!("{selector} to be clicked"))
            .await;
        let (x, y) = (&place[0], &place[1]);
        self.call(
            "Input.dispatchMouseEvent",
            json!({ "type": "mouseMoved", "x": x, "y": y }),
        )
        .await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Types into what has the focus.
    pub(super) async fn types(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses a key.
    pub(super) async fn key(&self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            _ => panic!("the key {key} is not known here"),
        };
        let text = if key == "Enter" { "\r" } else { "" };
        let down = if text.is_empty() {
            "rawKeyDown"
        } else {
            "keyDown"
        };
        for kind in [down, "keyUp"] {
            let mut event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Writes a message in the composer of what stands in the middle and sends it.
    pub(super) async fn says(&self, text: &str) {
        self.says_in("#talk", text).await;
    }

    /// The same where a thread stands beside its channel: in `#talk` or in `#beside`.
    pub(super) async fn says_in(&self, part: &str, text: &str) {
        self.click(&format!("{part} .composer textarea")).await;
        self.types(text).await;
        self.key("Enter").await;
    }

    /// Chooses files in a field.
    pub(super) async fn chooses(&self, selector: &str, files: &[&Path]) {
        let document = self.call("DOM.getDocument", json!({})).await;
        let find = json!({ "nodeId": document["root"]["nodeId"], "selector": selector });
        let node = self.call("DOM.querySelector", find).await;
        let choose = json!({ "nodeId": node["nodeId"], "files": files });
        self.call("DOM.setFileInputFiles", choose).await;
    }
}
