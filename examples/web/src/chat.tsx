import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Account, Settings } from "./account.js";
import { Composer } from "./composer.js";
import { Icon, Mark } from "./icons.js";
import { Panel } from "./panel.js";
import { TurnView } from "./turn.js";
import { useConversation } from "./use-conversation.js";
import { useWatch } from "./use-watch.js";

/** What the conversation is given. */
export interface ChatProps {
  readonly account: Account;
  /** What the person said first. */
  readonly topic: string;
  readonly settings: Settings;
  readonly onSettings: (settings: Settings) => void;
  readonly onLeave: () => void;
}

/** The conversation, and beside it how it is carried. */
export function Chat({ account, topic, settings, onSettings, onLeave }: ChatProps): ReactNode {
  const conversation = useConversation(account, settings, topic);
  const watched = useWatch(account);
  const [isPanelOpen, setPanelOpen] = useState(false);
  const log = useRef<HTMLDivElement>(null);

  // The answer stays in sight while it grows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the turns are what makes the log taller
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [conversation.turns]);

  return (
    <div className="chat" data-panel={isPanelOpen ? "open" : "closed"}>
      <header className="top">
        <Mark />
        <div className="top-title">
          <h1>Eliza</h1>
          <p className={watched.isConnected ? "presence online" : "presence"} role="status">
            {watched.isConnected ? "listening" : "connecting …"}
          </p>
        </div>
        <button
          type="button"
          className="button quiet panel-toggle"
          aria-expanded={isPanelOpen}
          aria-controls="panel"
          onClick={() => setPanelOpen(!isPanelOpen)}
        >
          <Icon shape={isPanelOpen ? "close" : "panel"} />
          {isPanelOpen ? "Close" : "Details"}
        </button>
        <button type="button" className="button quiet" onClick={onLeave}>
          Leave
        </button>
      </header>
      <main className="room">
        <section className="conversation" aria-label="Conversation with Eliza">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard cannot scroll */}
          <div className="log" role="log" aria-label="Conversation" tabIndex={0} ref={log}>
            <div className="log-inner">
              {conversation.turns.map((turn) => (
                <TurnView
                  key={turn.number}
                  turn={turn}
                  name={account.name}
                  seen={watched.calls.find(({ callNumber, status }) => callNumber === turn.number && status !== "")}
                  onRetry={() => void conversation.ask(turn.sentence)}
                  onLeave={onLeave}
                />
              ))}
            </div>
          </div>
          <Composer conversation={conversation} />
        </section>
        <Panel account={account} settings={settings} onSettings={onSettings} watched={watched} />
      </main>
    </div>
  );
}
