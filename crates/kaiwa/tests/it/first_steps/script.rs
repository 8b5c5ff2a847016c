//! The same for a script, which says in flags what a person is asked for.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_script_says_all_of_it_in_flags() {
    let mut beginner = Beginner::new().await;
    let token = beginner.token();
    beginner.user = beginner.user.file("t", &format!("{token}\n"));
    beginner.user = beginner.user.file("k", DEFAULT_KEY);
    let model = beginner.model();
    let all = [
        "--token-file",
        "t",
        "--key-file",
        "k",
        "--model-url",
        &model,
        "--model",
        "simulated",
    ];
    let output = beginner.answers(&all, &[]);
    assert!(output.status.success(), "{}", beginner.told(output));
    // A second time it leaves everything as it is.
    let before = beginner.file("kaiwa.toml");
    assert_snapshot!(beginner.told(beginner.answers(&all, &[])), @r"
    kaiwa: HOME holds kaiwa.toml, kaiwa.schema.json, discord_token, openai_api_key already, and nothing is ever overwritten: nothing was changed. It would write kaiwa.toml, kaiwa.schema.json, discord_token, openai_api_key there. kaiwa doctor checks what is there; to begin anew, move it away or give another --directory.
    exit code 2
    ");
    assert_eq!(beginner.file("kaiwa.toml"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_script_leaves_open_ends_it_and_leaves_nothing_behind() {
    let mut beginner = Beginner::new().await;
    let ends = |beginner: &Beginner, arguments: &[&str]| {
        let output = beginner.answers(arguments, &[]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        let home = beginner.user.home.path().to_str().unwrap();
        said.replace(&beginner.sim.url(), "SIM")
            .replace(home, "HOME")
    };
    let mut told = vec![
        ends(&beginner, &[]),
        ends(&beginner, &["--token-file", "missing"]),
        // Who mixes up a flag must not find the secret in a log.
        ends(&beginner, &["--token-file", &beginner.token()]),
        ends(&beginner, &["--key-file", DEFAULT_KEY]),
        ends(&beginner, &["--token-file", "."]),
    ];
    told.iter().for_each(|said| {
        assert!(!said.contains(&beginner.token()) && !said.contains(DEFAULT_KEY));
    });
    let token = beginner.token();
    beginner.user = beginner.user.with("DISCORD_TOKEN", token);
    beginner
        .sim
        .world(|world| world.bots.values_mut().next().unwrap().flags = 0);
    told.push(ends(&beginner, &[]));
    let without = "--without-message-content";
    let model = beginner.model();
    told.push(ends(&beginner, &[without, "--model-url", &model]));
    beginner.user = beginner.user.with("OPENAI_API_KEY", DEFAULT_KEY);
    told.push(ends(&beginner, &[without, "--model-url", &model]));
    told.push(ends(
        &beginner,
        &[without, "--model-url", &model, "--model", "simulate"],
    ));
    beginner.sim.model().fails(1, Fault::QuotaExceeded);
    told.push(ends(
        &beginner,
        &[without, "--model-url", &model, "--model", "simulated"],
    ));
    beginner.user = beginner
        .user
        .with("KAIWA_DISCORD_URL", "http://127.0.0.1:9");
    told.push(ends(&beginner, &[]));
    assert_snapshot!(told.concat(), @r"
    kaiwa: Nothing was written. Give a valid token with --token-file FILE or DISCORD_TOKEN.
    kaiwa: --token-file takes the path of a file that holds the secret, and no such file can be found in HOME. Nothing was written.
    kaiwa: --token-file takes the path of a file that holds the secret, and no such file can be found in HOME. Nothing was written.
    kaiwa: --key-file takes the path of a file that holds the secret, and no such file can be found in HOME. Nothing was written.
    kaiwa: . can't be read (Is a directory (os error 21)). Nothing was written.
    kaiwa: Nothing was written. Turn the intent on, or give --without-message-content.
    kaiwa: Nothing was written. Give a valid key with --key-file FILE or OPENAI_API_KEY.
    kaiwa: Nothing was written. Give the name of a model that the server has with --model NAME.
    kaiwa: Nothing was written. Give the name of a model that the server has with --model NAME.
    kaiwa: Nothing was written. Give the address of a model server that works with --model-url URL or OPENAI_BASE_URL.
    kaiwa: Nothing was written. Try again once Discord can be reached.
    ");
    assert!(beginner.files().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_goes_through_the_open_net_in_the_clear() {
    let mut beginner = Beginner::new().await;
    let token = beginner.token();
    // What would be sent to the open net comes here instead.
    let net = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    net.set_nonblocking(true).unwrap();
    beginner.user = beginner
        .user
        .with("DISCORD_TOKEN", token)
        .with("OPENAI_API_KEY", DEFAULT_KEY)
        .with(
            "HTTP_PROXY",
            format!("http://{}", net.local_addr().unwrap()),
        )
        .with("NO_PROXY", "127.0.0.1");
    let output = beginner.answers(&["--model-url", "http://models.example.com/v1"], &[]);
    let said = beginner.told(output);
    let of_it: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("models.example"))
        .collect();
    assert_snapshot!(of_it.join("\n"), @"http://models.example.com/v1 isn't encrypted: others could read the key on its way, so it is not sent there. Give an address that begins with https://");
    assert_eq!(
        net.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_a_flag_may_be_written_as_at_the_question() {
    let mut beginner = Beginner::new().await;
    let token = beginner.token();
    beginner.user = beginner
        .user
        .with("DISCORD_TOKEN", token)
        .with("OPENAI_API_KEY", DEFAULT_KEY);
    let model = beginner.model();
    let short = model.trim_start_matches("http://");
    let output = beginner.answers(&["--model-url", short, "--model", "simulated"], &[]);
    assert!(output.status.success(), "{}", beginner.told(output));
    let settings = beginner.file("kaiwa.toml").unwrap();
    assert!(settings.contains(&format!("openai_base_url = \"{model}\"")));
}
