//! `kaiwa doctor` against the simulator, with each thing that can be wrong: what it says, in both languages, and its
//! exit code.

mod channel;
mod discord;
mod guilds;
mod machine;
mod whole;

use kaiwa_sim::{
    Sim, World,
    model::Unscripted,
    world::{Overwrite, OverwriteKind},
};

use crate::the_command::{User, ready};

/// A simulator and somebody who has all that it takes to run a bot against it.
struct Ward {
    sim: Sim,
    user: User,
}

impl Ward {
    async fn new() -> Self {
        Self::with(World::default()).await
    }

    async fn with(world: World) -> Self {
        let sim = Sim::start(world, "127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        sim.model()
            .settings(|settings| settings.unscripted = Unscripted::Echo);
        // The simulator doesn't tell the window, which is worth a warning of its own.
        let user = ready(&sim).with("KAIWA_CONTEXT_TOKENS", "16384");
        Self { sim, user }
    }

    /// What the doctor says in a language, with its exit code; what differs from run to run is left out.
    fn says_in(&self, language: &str, arguments: &[&str]) -> String {
        let arguments = [&["doctor"], arguments].concat();
        let mut command = self.user.command(&arguments);
        let output = command.env("LANG", language).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        let said = String::from_utf8(output.stdout).unwrap();
        format!(
            "{}exit code {}",
            self.steady(&said),
            output.status.code().unwrap()
        )
    }

    fn says(&self, arguments: &[&str]) -> String {
        self.says_in("C", arguments)
    }

    /// The lines of what was found wrong, in both languages.
    fn complains(&self) -> String {
        let of = |language| {
            let said = self.says_in(language, &[]);
            let mut wrong = false;
            let lines = said.lines().filter(|line| {
                wrong = match line.chars().next() {
                    Some('✓') => false,
                    Some(' ') => wrong,
                    Some(_) | None => true,
                };
                wrong && !line.is_empty()
            });
            lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
        };
        format!("{}\n{}", of("C"), of("ja_JP.UTF-8"))
    }

    fn steady(&self, said: &str) -> String {
        let said = said
            .replace(&self.sim.url(), "SIM")
            .replace(self.user.home.path().to_str().unwrap(), "HOME")
            .replace(std::env::consts::OS, "OS")
            .replace(std::env::consts::ARCH, "ARCH")
            .replace(
                concat!("Kaiwa ", env!("CARGO_PKG_VERSION")),
                "Kaiwa VERSION",
            );
        let said = without_figures(&said, &[" ms", "ミリ秒"]);
        let said = without_figures(&said, &[" kB", " MB", " GB", " TB"]);
        self.sim.world(|world| {
            let ids = world
                .guilds
                .keys()
                .chain(world.bots.keys())
                .chain(world.channels.keys());
            ids.fold(said, |said, id| said.replace(&id.to_string(), "ID"))
        })
    }

    fn general(&self) -> u64 {
        self.sim
            .world(|world| world.channel_named("general").unwrap().id)
    }

    fn person(&self, name: &str) -> u64 {
        self.sim.world(|world| world.user_named(name).unwrap().id)
    }

    /// Why the bot would answer in a channel, or not.
    fn explains(&self, language: &str, channel: u64, person: Option<u64>) -> String {
        let mut arguments = vec!["--channel".to_owned(), channel.to_string()];
        if let Some(person) = person {
            arguments.extend(["--user".to_owned(), person.to_string()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = self.says_in(language, &arguments);
        // What comes before is the same as without a channel.
        let (label, found) = if language == "C" {
            ("Channel", "\n✓ Gateway")
        } else {
            ("チャンネル", "\n✓ ゲートウェイ")
        };
        assert!(said.contains(label));
        let after = said.split_once(found).unwrap().1;
        after.split_once('\n').unwrap().1.to_owned()
    }
}

/// Puts `N` in place of the numbers in front of these units.
pub(crate) fn without_figures(text: &str, units: &[&str]) -> String {
    let mut text = text.to_owned();
    for unit in units {
        let mut pieces = text.split(unit).map(str::to_owned).collect::<Vec<_>>();
        let last = pieces.len() - 1;
        for piece in &mut pieces[..last] {
            let figures = piece.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            *piece = format!("{figures}N");
        }
        text = pieces.join(unit);
    }
    text
}

fn denied(of: u64, kind: OverwriteKind, deny: u64) -> Overwrite {
    Overwrite {
        id: of,
        kind,
        allow: 0,
        deny,
    }
}
