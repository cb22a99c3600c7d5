import { useEffect, useState } from 'preact/hooks';
import { type Connection, useConnection, useLive } from './live.ts';
import { followLinks, usePlace } from './router.ts';
import { Empty, Head } from './ui.tsx';
import { views } from './views.ts';

/** The frame around every view: navigation, the state of the services, and whether the server answers. */
export function Shell() {
  const place = usePlace();
  const { path } = place;
  const [isOpen, setOpen] = useState(false);
  const view = views.find((each) => each.path === path);
  const title = view?.title ?? 'Not found';

  useEffect(() => {
    document.title = `${title} · Isobar`;
  }, [title]);
  // A new place closes the menu and begins at its top.
  useEffect(() => {
    setOpen(false);
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target) target.scrollIntoView();
    else scrollTo(0, 0);
  }, [place.path, place.hash]);
  useEffect(() => {
    document.addEventListener('click', followLinks);
    return () => document.removeEventListener('click', followLinks);
  }, []);

  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="side">
        <div class="brand">
          <a href="/" aria-label="Isobar: pipeline">
            <img src="/icon.svg" alt="" width="28" height="28" />
            <span>Isobar</span>
          </a>
          <button
            type="button"
            class="menu"
            aria-expanded={isOpen}
            aria-controls="nav"
            onClick={() => setOpen(!isOpen)}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d={isOpen ? 'M6 6l12 12M18 6L6 18' : 'M4 7h16M4 12h16M4 17h16'} />
            </svg>
            Menu
          </button>
        </div>
        <nav id="nav" class={isOpen ? 'open' : ''} aria-label="Views">
          <ul>
            {views.map((each) => (
              <li key={each.path}>
                <a href={each.path} aria-current={each.path === path ? 'page' : undefined}>
                  <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d={each.icon} />
                  </svg>
                  {each.title}
                </a>
              </li>
            ))}
          </ul>
          <Health />
        </nav>
      </header>
      <div class="content">
        <Banner connection={useConnection()} />
        <main id="main" tabIndex={-1}>
          {view ? (
            <view.Page key={view.path} />
          ) : (
            <>
              <Head title="Not found" />
              <Empty title={`There is no view at ${path}`}>
                <a href="/">Go to the pipeline</a>
              </Empty>
            </>
          )}
        </main>
      </div>
    </div>
  );
}

const banners: Readonly<Record<Exclude<Connection, 'connected'>, string>> = {
  lost: 'The console does not answer. This page shows what it last knew, and continues when the console is back.',
  starting: 'The platform is starting. This page continues when it is ready.',
};

const Banner = ({ connection }: { connection: Connection }) => (
  <div role="status">
    {connection !== 'connected' && <p class={`banner ${connection}`}>{banners[connection]}</p>}
  </div>
);

const servicesEveryMs = 3_000;

/** How many services of the platform answer. */
function Health() {
  const { value } = useLive('/api/services', {}, servicesEveryMs);
  const connection = useConnection();
  if (!value || connection === 'lost') return <p class="health unknown">Services unknown</p>;
  const running = value.services.filter(({ health }) => health === 'healthy');
  const all = value.services.length;
  const state = running.length === all ? 'good' : connection === 'starting' ? 'unknown' : 'bad';
  return (
    <p class={`health ${state}`}>
      <a href="/#services">
        {running.length} of {all} services answer
      </a>
    </p>
  );
}
