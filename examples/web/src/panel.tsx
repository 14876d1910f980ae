import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { type Account, codecs, protocols, type Settings } from "./account.js";
import type { WatchResponse } from "./gen/chat/v1/chat_pb.js";
import { Icon } from "./icons.js";
import type { Watched } from "./use-watch.js";

/** What the panel is given. */
export interface PanelProps {
  readonly account: Account;
  readonly settings: Settings;
  readonly onSettings: (settings: Settings) => void;
  readonly watched: Watched;
}

/** How the calls are made, the token, and what the server saw. */
export function Panel({ account, settings, onSettings, watched }: PanelProps): ReactNode {
  return (
    <section className="panel" id="panel" aria-label="Details">
      <section className="card">
        <h2>On the wire</h2>
        <Choice
          name="protocol"
          label="Protocol"
          values={protocols}
          value={settings.protocol}
          onChange={(protocol) => onSettings({ ...settings, protocol })}
        />
        <Choice
          name="codec"
          label="Messages"
          values={codecs}
          value={settings.codec}
          onChange={(codec) => onSettings({ ...settings, codec })}
        />
      </section>
      <TokenCard account={account} />
      <section className="card calls-card">
        <h2>What the server sees</h2>
        {watched.calls.length === 0 ? (
          <p className="empty">Calls appear here as the server takes them.</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard cannot scroll
          <section className="calls" aria-label="Calls" tabIndex={0}>
            <ol>
              {watched.calls.map((call) => (
                <CallRow key={call.id} call={call} />
              ))}
            </ol>
          </section>
        )}
      </section>
    </section>
  );
}

/** One of few values, as radio buttons. */
function Choice<Value extends string>(props: {
  readonly name: string;
  readonly label: string;
  readonly values: readonly Value[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}): ReactNode {
  return (
    <fieldset className="choice">
      <legend>{props.label}</legend>
      <div className="segments">
        {props.values.map((value) => (
          <label key={value} className="segment">
            <input
              type="radio"
              name={props.name}
              value={value}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
            />
            <span>{value}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** How long the token is still good. */
function TokenCard({ account }: { readonly account: Account }): ReactNode {
  const { expires, lifetimeMs, renewals } = useSyncExternalStore(account.onTokenChange, account.tokenState);
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.min(lifetimeMs, expires - now));
  const text = expires === 0 ? "The server does not know it." : `Good for ${Math.ceil(left / 1000)} s`;
  return (
    <section className="card">
      <div className="card-head">
        <h2>Token</h2>
        <span className="count">
          {renewals === 0 ? "not renewed yet" : renewals === 1 ? "renewed once" : `renewed ${renewals} times`}
        </span>
      </div>
      <progress max={1} value={lifetimeMs === 0 ? 0 : left / lifetimeMs} aria-label="Time left" />
      <div className="token-line">
        <p>{left === 0 && expires !== 0 ? "Expired: the next call renews it." : text}</p>
        <button type="button" className="button quiet" onClick={account.spoilToken}>
          Use a bad token
        </button>
      </div>
    </section>
  );
}

/** A call as the server sees it. */
function CallRow({ call }: { readonly call: WatchResponse }): ReactNode {
  const { status, method, protocol, contentType, responseMessages, milliseconds } = call;
  const tone = status === "" ? "open" : status === "ok" ? "ok" : status === "canceled" ? "canceled" : "failed";
  return (
    <li className={`call ${tone}`}>
      <span className="call-sign">
        <Icon shape={tone === "ok" ? "check" : tone === "canceled" ? "stop" : tone === "failed" ? "alert" : "send"} />
      </span>
      <span className="call-method">{method}</span>
      <span className="call-status">{status === "" ? "running" : status}</span>
      <span className="call-how">
        {protocol}, {contentType.includes("json") ? "json" : "binary"}
      </span>
      <span className="call-counts">
        {status === ""
          ? "…"
          : `${responseMessages} ${responseMessages === 1 ? "message" : "messages"}, ${milliseconds} ms`}
      </span>
    </li>
  );
}
