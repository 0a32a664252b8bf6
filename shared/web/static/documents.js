// While a document is being made its card is brought up to date; without this the page loads itself anew.

const PAUSE = 1000;

async function look() {
  const shown = document.querySelector("[data-documents]");
  const ready = shown?.dataset.working;
  if (!ready) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const news = page.querySelector("[data-documents]");
    if (news && news.innerHTML !== shown.innerHTML) {
      shown.replaceWith(news);
      if (!news.dataset.working) document.querySelector("[data-said]").textContent = ready;
    }
  } catch {
    // The network rests; the next look may find it again.
  }
  setTimeout(look, PAUSE);
}

setTimeout(look, PAUSE);
