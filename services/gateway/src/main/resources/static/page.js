// The page of the gateway: plain DOM over the same HTTP API that anybody can use.
const $ = id => document.getElementById(id);

/** An element with text and attributes; text is never read as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

async function api(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The platform does not answer.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? body.error?.message ?? `The platform answered ${response.status}.`);
  return body;
}

const post = (path, body) =>
  api(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function show(id, message) {
  $(id).textContent = message ?? "";
  $(id).hidden = !message;
}

/**
 * What a form does when it is sent. Sent again before all is answered, only the latest counts: behind each wait it is
 * asked whether that is still this one.
 */
function onSubmit(form, error, send) {
  let sent = 0;
  $(form).addEventListener("submit", async event => {
    event.preventDefault();
    const mine = ++sent, isLatest = () => mine === sent;
    show(error);
    try {
      await send(isLatest, event);
    } catch (failure) {
      if (isLatest()) show(error, failure.message);
    }
  });
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error("The file cannot be read."));
    reader.readAsDataURL(file);
  });
}

const isFinal = status => ["completed", "failed", "cancelled"].includes(status);
const number = (value, digits = 2) => value === undefined || value === null ? "–" : value.toFixed(digits);

/** Whether an event is a job's last: the job that comes with an event is as it is now, not as it was then. */
const isLast = event => /-(completed|failed|cancelled)\.v1$/.test(event.type);

const EVENTS = [
  "generation-requested", "evidence-retrieved", "prompt-tokenized", "generation-progress", "candidates-generated",
  "candidates-decoded", "generation-completed", "generation-failed", "generation-cancel-requested",
  "generation-cancelled", "training-requested", "training-started", "training-progress", "checkpoint-saved",
  "training-completed", "training-failed", "training-cancel-requested", "training-cancelled", "training-waiting",
  "training-suspension-requested", "training-suspension-changed"];

/**
 * Follows a job until its end. The browser reconnects where the stream breaks and says which event it saw last; where
 * the answer is an error it gives up, and the stream is opened anew as soon as the job can be asked for.
 */
function follow(job, seen) {
  const ids = new Set(); // a stream that is opened anew begins at the beginning
  let source, closed = false;
  const close = () => {
    closed = true;
    source.close();
  };
  const open = () => {
    source = new EventSource(job + "/events");
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(again, 2000);
    });
    for (const type of EVENTS) {
      source.addEventListener(type + ".v1", event => {
        if (ids.has(event.lastEventId)) return;
        ids.add(event.lastEventId);
        const told = JSON.parse(event.data);
        if (isLast(told.event)) close();
        seen(told);
      });
    }
  };
  const again = async () => {
    if (closed) return;
    const answer = await fetch(job).catch(() => null);
    if (closed || answer?.status === 404) return;
    if (answer?.ok) open();
    else setTimeout(again, 2000);
  };
  open();
  return { close };
}

// ---- tabs -----------------------------------------------------------------------------------------------------------
const tabs = [...document.querySelectorAll("[role=tab]")];
function choose(tab, focus = false) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
  if (tab.id === "tab-train") listRuns();
  if (tab.id === "tab-models") listModels();
}
for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) choose(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
  });
}

// ---- drawing --------------------------------------------------------------------------------------------------------
let watching = null;
let current = null;

const GREY = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Cpath fill='%23b4b4b4' d='M0 0h8v8H0z'/%3E%3C/svg%3E";

const STEPS = {
  queued: "Waiting", retrieving: "Looking for documents", tokenizing: "Laying out the prompt", generating: "Drawing",
  decoding: "Turning codes into pictures", ranking: "Ordering the candidates", completed: "Done", failed: "Failed",
  cancelled: "Cancelled" };

function value(id, read) {
  const text = $(id).value.trim();
  return text === "" ? undefined : read(text);
}

onSubmit("draw-form", "draw-error", async isLatest => {
  const sampling = {
    decoding: value("decoding", String), temperature: value("temperature", Number), top_p: value("top-p", Number),
    min_p: value("min-p", Number),
    guidance_scale: value("guidance", Number), guidance_on: value("guidance-on", String) };
  const documents = value("retrieve", Number);
  const job = await post("/v1/generations", {
    prompt: $("prompt").value, candidates: value("candidates", Number), seed: value("seed", Number), sampling,
    retrieval: documents === undefined ? undefined : { documents } });
  if (isLatest()) watch(job.id);
});

$("prompt").addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("draw-form").requestSubmit();
});

$("cancel").addEventListener("click", async () => {
  try {
    await api("/v1/generations/" + current, { method: "DELETE" });
  } catch (error) {
    show("draw-error", error.message);
  }
});

function watch(id) {
  watching?.close();
  current = id;
  $("job").hidden = false;
  $("timeline-box").hidden = true;
  $("picture").src = GREY;
  $("picture").alt = "The picture so far";
  watching = follow(`/v1/generations/${id}`, told => {
    if (told.picture) $("picture").src = told.picture;
    showJob(told.generation);
    if (isLast(told.event)) {
      showTimeline(id);
      listRecent();
    }
  });
}

function showJob(job) {
  const done = isFinal(job.status);
  const p = job.progress;
  let status = STEPS[job.status];
  if (job.status === "generating" && p) status += `, ${p.position} of ${p.total} tokens, about ${number(p.eta_seconds, 1)} s left`;
  if (!done && job.position > 0) status += `, ${job.position} before this one`;
  if (job.cancel_requested && !done) status += ", stopping";
  if (job.failure) status += `: ${job.failure.reason}`;
  $("status").textContent = status;
  $("status").className = job.status === "failed" ? "error" : "";
  $("progress").value = job.status === "completed" ? 1 : p ? p.position / p.total : 0;
  $("cancel").hidden = done;
  $("job-facts").textContent = `job ${job.id} · seed ${job.seed ?? "–"} · ${job.model ?? ""}`;
  $("caption-of-picture").textContent = job.prompt ?? "";
  $("warnings").replaceChildren(...job.warnings.map(text => make("p", { class: "warning" }, "⚠ " + text)));
  $("evidence-title").hidden = job.evidence.length === 0;
  $("evidence").replaceChildren(...evidenceCards(job));
  const best = job.candidates[0];
  if (best?.image && job.status === "completed") {
    $("picture").src = best.image.url;
    $("picture").alt = "Drawn for: " + (job.prompt ?? "");
  }
  if (best?.text) $("caption-of-picture").textContent = best.text;
  $("candidates-title").hidden = job.candidates.length === 0;
  $("all-candidates").replaceChildren(...job.candidates.map((candidate, i) => {
    const item = card(candidate.image?.url, `Candidate ${i + 1}`, candidate.text,
      `contrast ${number(candidate.contrast, 3)} · CLIP ${number(candidate.clip, 3)}`, candidate.decoding);
    if (i === 0 && job.status === "completed") item.classList.add("best");
    return item;
  }));
}

function evidenceCards(job) {
  return job.evidence.map(document => card(document.image?.url, document.text ?? document.document,
    document.text, `cosine ${number(document.score)}`,
    document.matched_terms.length ? "has " + document.matched_terms.join(", ") : null));
}

function card(image, alt, ...lines) {
  return make("li", {}, image ? make("img", { src: image, alt, loading: "lazy" }) : null,
    ...lines.filter(Boolean).map(line => make("div", {}, line)));
}

async function showTimeline(id) {
  const timeline = await api(`/v1/generations/${id}/timeline`).catch(() => null);
  if (!timeline || id !== current) return;
  const total = Math.max(1, ...timeline.steps.map(step => step.milliseconds_since_start));
  $("timeline").tBodies[0].replaceChildren(...timeline.steps.map(step => {
    const from = step.milliseconds_since_start - step.milliseconds_since_previous;
    const bar = make("span", { title: `${number(from, 1)} to ${number(step.milliseconds_since_start, 1)} ms` });
    bar.style.left = 100 * from / total + "%";
    bar.style.width = 100 * step.milliseconds_since_previous / total + "%";
    return make("tr", {}, make("td", {}, step.type.replace(".v1", "")), make("td", {}, step.service),
      make("td", { class: "number" }, number(step.milliseconds_since_previous, 1)),
      make("td", {}, make("div", { class: "bar" }, bar)));
  }));
  $("timeline-box").hidden = false;
}

async function listRecent() {
  const recent = await api("/v1/generations?limit=16").catch(() => ({ generations: [] }));
  $("recent").replaceChildren(...recent.generations.map(job => {
    const image = job.candidates[0]?.image?.url;
    const text = job.candidates[0]?.text ?? job.prompt ?? job.id;
    const button = make("button", { type: "button", "aria-label": "Show: " + text },
      image ? make("img", { src: image, alt: "", loading: "lazy" }) : null,
      text.length > 60 ? text.slice(0, 57) + "…" : text, isFinal(job.status) && job.status !== "completed" ? ` (${job.status})` : "");
    button.addEventListener("click", () => {
      watch(job.id);
      $("job").scrollIntoView({ block: "nearest" });
    });
    return make("li", {}, button);
  }));
}

// ---- describing -----------------------------------------------------------------------------------------------------
let describing = null;

onSubmit("caption-form", "caption-error", async (isLatest, event) => {
  describing?.close(); // of an earlier question
  const file = $("caption-image").files[0];
  const question = $("question").value.trim();
  const lookUp = event.submitter?.value === "name";
  $("caption-evidence").replaceChildren();
  $("caption-picture").src = URL.createObjectURL(file);
  $("caption-picture").hidden = false;
  $("caption-text").textContent = "…";
  try {
    const image = { b64: await base64(file) };
    if (!isLatest()) return;
    const job = await post("/v1/generations", {
      image, ...(lookUp ? { retrieval: { documents: 2 } } : question ? { question } : {}) });
    if (!isLatest()) return;
    describing = follow(`/v1/generations/${job.id}`, told => {
      const state = told.generation;
      $("caption-evidence").replaceChildren(...evidenceCards(state));
      $("caption-text").textContent = state.status === "completed"
        ? state.candidates[0]?.text ?? "" : state.failure ? "" : STEPS[state.status] + "…";
      if (state.failure) show("caption-error", state.failure.reason);
    });
  } catch (error) {
    if (isLatest()) $("caption-text").textContent = "";
    throw error;
  }
});

// ---- memory ---------------------------------------------------------------------------------------------------------
onSubmit("document-form", "document-error", async isLatest => {
  $("document-status").textContent = "";
  const added = await post("/v1/documents", {
    text: $("document-text").value, image: { b64: await base64($("document-image").files[0]) } });
  const tell = text => { if (isLatest()) $("document-status").textContent = text; };
  for (let pause = 250; ; pause = Math.min(2 * pause, 2000)) { // it is taken in: who is away is waited for
    const { status, text, reason, trouble } = await api("/v1/documents/" + encodeURIComponent(added.id))
      .catch(error => ({ trouble: error.message }));
    if (status === "rejected") {
      tell("");
      return show("document-error", `“${text}”: ${reason}`); // whatever was added since
    }
    tell(trouble ?? (status === "indexed" ? `“${text}” can be found now.`
      : status === "removed" ? "It was removed." : `${status}…`));
    if (status === "indexed" || status === "removed") return;
    await new Promise(resolve => setTimeout(resolve, pause));
  }
});

onSubmit("search-form", "search-error", async isLatest => {
  const file = $("search-image").files[0];
  const answer = await post("/v1/search", {
    k: 8, text: $("search-text").value, ...file && { image: { b64: await base64(file) } } });
  if (!isLatest()) return;
  $("found").replaceChildren(...answer.documents.map(found => {
    const item = card(found.image?.url, found.text ?? found.document, found.text, `cosine ${number(found.score)}`);
    const remove = make("button", { type: "button", "aria-label": "Remove " + (found.text ?? found.document) }, "remove");
    remove.addEventListener("click", async () => {
      try {
        await api("/v1/documents/" + encodeURIComponent(found.document), { method: "DELETE" });
        item.remove();
      } catch (error) {
        show("search-error", error.message);
      }
    });
    item.append(remove);
    return item;
  }));
  if (answer.documents.length === 0) show("search-error", "Nothing found.");
});

// ---- training -------------------------------------------------------------------------------------------------------
let run = null;
let points = [];
let followingRun = null;

onSubmit("train-form", "train-error", async isLatest => {
  const text = $("configuration").value.trim();
  const accepted = await post("/v1/training-runs", { configuration: text.startsWith("{") ? JSON.parse(text) : text });
  if (isLatest()) watchRun(accepted.id);
  listRuns();
});

$("train-cancel").addEventListener("click", () =>
  api("/v1/training-runs/" + run, { method: "DELETE" }).catch(error => show("train-error", error.message)));

function watchRun(id) {
  followingRun?.close();
  run = id;
  points = [];
  chosenStage = null;
  $("run").hidden = false;
  followingRun = follow(`/v1/training-runs/${id}`, told => {
    lastRun = told.run;
    if (told.event.type === "training-progress.v1") points.push(told.event);
    if (drawing === null) drawing = requestAnimationFrame(showRun); // past events come all at once
    if (isLast(told.event)) listRuns();
  });
}

let lastRun = null;
let drawing = null;
let chosenStage = null;

function showRun() {
  drawing = null;
  const state = lastRun, over = isFinal(state.status);
  $("run-status").textContent = [`Run ${state.id.slice(0, 8)}`, state.status, state.stage, state.reason].filter(Boolean).join(" · ");
  $("run-progress").value = state.steps ? state.step / state.steps : 0;
  $("train-cancel").hidden = over;
  const facts = {
    Step: state.steps ? `${state.step} of ${state.steps}` : null, Loss: state.loss === undefined ? null : number(state.loss, 3),
    "Tokens a second": state.tokens_per_second ? Math.round(state.tokens_per_second).toLocaleString("en") : null,
    "Time left": over || state.eta_seconds === undefined ? null : duration(state.eta_seconds),
    Checkpoint: state.checkpoint, Model: modelOf(state) };
  $("run-facts").replaceChildren(...Object.entries(facts).filter(([, value]) => value).map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, ...[value].flat()))));
  const stages = [...new Set(points.map(point => point.stage))];
  const shown = chosenStage ?? state.stage;
  showStages(stages.length > 1 ? stages : [], shown);
  const curve = points.filter(point => point.stage === shown).sort((a, b) => a.step - b.step);
  plot($("curve"), $("curve-caption"), curve, point => point.loss, `Loss of ${shown}, by step`, 3);
  plot($("speed"), $("speed-caption"), curve, point => point.tokensPerSecond, `Tokens a second of ${shown}, by step`, 0);
}

/** What a search found is no model: it is to be read, where it is in the store. */
function modelOf(state) {
  if (state.stage !== "sweep" || !state.model?.startsWith("runs/")) return state.model;
  const link = file => make("a", { href: `/v1/objects/runs/${state.id}/${file}` }, file);
  return [link("sweep.json"), " ", link("sweep.png")];
}

/** Buttons stay while the stages do, and with them the focus. */
function showStages(stages, shown) {
  if (String(stages) !== String([...$("stages").children].map(button => button.textContent))) {
    $("stages").replaceChildren(...stages.map(stage => {
      const button = make("button", { type: "button" }, stage);
      button.addEventListener("click", () => { chosenStage = stage; showRun(); });
      return button;
    }));
  }
  for (const button of $("stages").children) button.setAttribute("aria-pressed", button.textContent === shown);
}

function duration(seconds) {
  const s = Math.round(seconds);
  return s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

/** One line over the steps of a stage. */
function plot(svg, caption, shown, value, title, digits) {
  caption.textContent = shown.length === 0 ? "" : `${title}; now ${number(value(shown.at(-1)), digits)}`;
  if (shown.length < 2) return svg.replaceChildren();
  const svgNode = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const last = shown.at(-1), values = shown.map(value), most = Math.max(...values), least = Math.min(...values);
  const x = step => 55 + 535 * step / Math.max(last.steps, last.step);
  const y = height => 10 + 180 * (most - height) / Math.max(1e-9, most - least);
  svg.replaceChildren(
    svgNode("line", { class: "axis", x1: 55, y1: 190, x2: 590, y2: 190 }),
    svgNode("line", { class: "axis", x1: 55, y1: 10, x2: 55, y2: 190 }),
    svgNode("text", { x: 4, y: 16 }, number(most, digits ? 2 : 0)), svgNode("text", { x: 4, y: 190 }, number(least, digits ? 2 : 0)),
    svgNode("text", { x: 55, y: 206 }, "0"), svgNode("text", { x: 590, y: 206, "text-anchor": "end" }, last.steps),
    svgNode("polyline", { class: "loss", points: shown.map(p => `${x(p.step).toFixed(1)},${y(value(p)).toFixed(1)}`).join(" ") }));
}

async function listRuns() {
  const answer = await api("/v1/training-runs").catch(() => ({ training_runs: [] }));
  $("runs").replaceChildren(...answer.training_runs.map(state => {
    const button = make("button", { type: "button" }, "show");
    button.addEventListener("click", () => watchRun(state.id));
    return make("li", {}, `${state.id.slice(0, 8)} · ${state.status} `, button);
  }));
}

// ---- models ---------------------------------------------------------------------------------------------------------
async function listModels() {
  show("models-error");
  const answer = await api("/v1/models").catch(error => {
    show("models-error", error.message);
    return { data: [] };
  });
  $("model-list").tBodies[0].replaceChildren(...answer.data.map(model => {
    const bar = make("span");
    bar.style.width = 100 * model.share + "%";
    const measures = Object.entries(model.evaluation).map(([name, value]) => `${name} ${number(value, 2)}`).join(", ");
    const act = (label, action, body) => {
      const button = make("button", { type: "button", "aria-label": `${label}: ${model.id}@${model.version}` }, label);
      button.addEventListener("click", async () => {
        try {
          await post(`/v1/models/${model.id}/${model.version}/${action}`, body);
          listModels();
          tellModel();
        } catch (error) {
          show("models-error", error.message);
        }
      });
      return button;
    };
    const buttons = model.status === "published" ? [act("20 %", "promote", { share: .2 }), act("Promote", "promote", {})]
      : model.status === "canary" ? [act("Promote", "promote", {}), act("Roll back", "rollback", {})] : [act("Roll back", "rollback", {})];
    return make("tr", {}, make("td", {}, `${model.id}@${model.version}`, model.run ? make("div", { class: "quiet" }, "run " + model.run) : null),
      make("td", {}, model.status),
      make("td", {}, make("div", { class: "bar" }, bar), `${Math.round(100 * model.share)} %`),
      make("td", { class: "quiet" }, measures || "–"), make("td", { class: "actions" }, ...buttons));
  }));
}

// ---- start ----------------------------------------------------------------------------------------------------------
function tellModel() {
  api("/v1/models").then(answer => {
    const [model, second] = answer.data;
    const canary = second?.status === "canary" ? ` · ${Math.round(100 * second.share)} % ${second.id}@${second.version}` : "";
    $("model").textContent = `${model.id}@${model.version} · ${model.image_size}×${model.image_size}${canary}`;
  }).catch(error => show("draw-error", error.message));
}
tellModel();
listRecent();
