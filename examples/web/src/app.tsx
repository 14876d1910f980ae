import { type ReactNode, useState } from "react";
import type { Account, Settings } from "./account.js";
import { Chat } from "./chat.js";
import { Mark } from "./icons.js";
import { SignIn } from "./sign-in.js";

/** The page: the form to sign in, then the conversation. */
export function App(): ReactNode {
  const [settings, setSettings] = useState<Settings>({ protocol: "Connect", codec: "Binary" });
  const [person, setPerson] = useState<{ readonly account: Account; readonly topic: string }>();
  const [hasLeft, setLeft] = useState(false);

  if (person !== undefined) {
    const leave = (): void => {
      setPerson(undefined);
      setLeft(true);
    };
    return <Chat {...person} settings={settings} onSettings={setSettings} onLeave={leave} />;
  }
  return (
    <div className="welcome">
      <main className="welcome-card">
        <Mark />
        <h1>What is on your mind?</h1>
        <p className="lead">
          Eliza has listened to people since 1966. She understands nothing, but she asks good questions.
        </p>
        <SignIn
          settings={settings}
          isFocused={hasLeft}
          onSignedIn={(account, topic) => setPerson({ account, topic })}
        />
      </main>
      <footer className="colophon">Answers stream from another origin, over Connect or gRPC-Web.</footer>
    </div>
  );
}
