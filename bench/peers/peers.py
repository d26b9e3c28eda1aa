"""Times other toolkits on the work of bench/run.ts: one JSON request a line on stdin, one JSON answer a line on stdout.

Request {"work": ..., "sizes": {...}, "file": ... where the work reads one}; answer {"peers": [{"peer": ..., "milliseconds": ..., "divergences": [...] where
they are to be reached} or {"peer": ..., "skipped": ...}]}.
A repeated request runs the work again and answers the best time so far. Set OPENBLAS_NUM_THREADS=1 and the like to
compare single threads (bench/run.ts does).
"""
import json
import os
import sys
import time
import warnings
from importlib.metadata import version
from importlib.util import find_spec

# Packages that take long to load are imported by the peers that use them.
try:
    import numpy as np
    import scipy
    if find_spec("sklearn") is None:
        raise ImportError("No module named 'sklearn'")
except ImportError as error:
    print(json.dumps({"skipped": str(error)}), flush=True)
    sys.exit(0)

# Answers only: what a package prints goes elsewhere.
stdout, sys.stdout = sys.stdout, sys.stderr
optional = {name: find_spec(name) is not None for name in ("mne", "mir_eval", "fast_bss_eval")}
warnings.filterwarnings("ignore")


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


class SklearnNmf:
    """Multiplicative updates. Time of one iteration: that of `more` iterations minus that of `few`, each the best so far, over
    the difference."""

    few, more = 2, 8

    def __init__(self, sizes, dtype):
        from sklearn.decomposition import non_negative_factorization
        self.solve = non_negative_factorization
        self.peer = f"scikit-learn {version('scikit-learn')} {dtype}"
        random = np.random.default_rng(0)
        frames, bins, components = sizes["frames"], sizes["bins"], sizes["components"]
        self.x = (random.random((frames, bins)) + 0.01).astype(dtype)
        self.w = (random.random((frames, components)) + 0.01).astype(dtype)
        self.h = (random.random((components, bins)) + 0.01).astype(dtype)
        self.beta = sizes.get("beta", 1)
        self.best = {self.few: np.inf, self.more: np.inf}

    def factorize(self, iterations):
        self.solve(
            self.x, W=self.w.copy(), H=self.h.copy(), n_components=len(self.h), init="custom", solver="mu",
            beta_loss=self.beta, tol=0, max_iter=iterations)

    def run(self):
        for _ in range(2):
            for iterations in self.best:
                self.best[iterations] = min(self.best[iterations], seconds(lambda: self.factorize(iterations)))
        return 1000 * (self.best[self.more] - self.best[self.few]) / (self.more - self.few)


class SklearnNmfDivergences:
    """Multiplicative updates from starts on file, and the divergences they end at."""

    best = np.inf

    def __init__(self, sizes, folder):
        from sklearn.decomposition import non_negative_factorization
        self.solve, self.iterations = non_negative_factorization, sizes["iterations"]
        self.peer = f"scikit-learn {version('scikit-learn')} float32"
        def load(name):
            return np.load(os.path.join(folder, f"{name}.npy"))
        self.x, self.starts = load("x"), [(load(f"h{i}"), load(f"w{i}")) for i in range(sizes["starts"])]

    def divergence(self, w, h):
        x, v = self.x.astype(float), w.astype(float) @ h.astype(float)
        there = x > 0
        return float((x[there] * np.log(x[there] / v[there])).sum() - x.sum() + v.sum())

    def run(self):
        start = time.perf_counter()
        factors = [self.solve(
            self.x, W=w.copy(), H=h.copy(), n_components=len(h), init="custom", solver="mu",
            beta_loss="kullback-leibler", tol=0, max_iter=self.iterations)[:2] for w, h in self.starts]
        self.best = min(self.best, time.perf_counter() - start)
        self.divergences = [self.divergence(w, h) for w, h in factors]
        return 1000 * self.best


class AuthorsContrastiveNmf:
    """Contrastive NMF step by step as the paper's authors published it as code, in NumPy like theirs: factors and V held at
    1e-9, rows of H brought to unit norm, their norms into W, V anew for each factor. Theirs logs a cost after each iteration, with
    one more V; `logs` says whether this does. The mean of the first iterations after a random start."""

    floor, iterations = 1e-9, 10

    def __init__(self, sizes, logs):
        from sklearn.decomposition._nmf import _beta_divergence
        self.beta_divergence, self.logs = _beta_divergence, logs
        self.peer = f"NumPy {np.__version__} re-implementation of the authors' code" + (", cost logged" if logs else "")
        random = np.random.default_rng(0)
        bins, frames, components, self.attended = (
            sizes[name] for name in ("bins", "frames", "components", "guideRows"))
        self.x = random.random((bins, frames)) + 0.01
        self.start = random.random((bins, components)) + 0.01, random.random((components, frames)) + 0.01
        self.s = random.random((self.attended, frames)) + 0.01
        self.s /= np.linalg.norm(self.s, axis=1, keepdims=True)
        self.delta, self.mu, self.sparsity, self.logged = 0.4 * self.x.sum() / self.attended ** 2, 0.0, 0.0, []
        self.best = np.inf

    def normalize(self):
        norms = np.linalg.norm(self.h, axis=1, keepdims=True)
        self.h /= norms
        self.w *= norms.T

    def iterate(self):
        attended, floor = self.attended, self.floor
        inner = self.h @ self.s.T
        contrast = np.linalg.norm(inner[:attended]) - np.linalg.norm(inner[attended:])
        v = np.maximum(self.w @ self.h, floor)
        top = self.w.T @ (self.x / v)
        bottom = np.repeat(self.w.sum(axis=0)[:, None], self.h.shape[1], axis=1) + self.mu
        top[:attended] += self.delta * (inner[:attended] @ self.s)
        bottom[attended:] += self.delta * (inner[attended:] @ self.s)
        self.h *= top / np.maximum(bottom, floor)
        self.h[self.h <= floor] = floor
        self.normalize()
        v = np.maximum(self.w @ self.h, floor)
        self.w *= ((self.x / v) @ self.h.T) / (self.h.sum(axis=1) + self.sparsity)
        self.w[self.w <= 0] = floor
        if self.logs:
            root = self.beta_divergence(self.x, self.w, self.h, "kullback-leibler", square_root=True)
            self.logged.append(root - self.delta * contrast + self.mu * np.linalg.norm(self.h)
                               + self.sparsity * np.linalg.norm(self.w))

    def once(self):
        self.w, self.h = (factor.copy() for factor in self.start)
        self.normalize()
        for _ in range(self.iterations):
            self.iterate()

    def run(self):
        for _ in range(2):
            self.best = min(self.best, seconds(self.once) / self.iterations)
        return 1000 * self.best


class NumpyConvolutiveNmf:
    """MM2 as three dense products on stacked shifted activations."""

    def __init__(self, sizes, dtype):
        self.peer = f"NumPy {np.__version__} {dtype}"
        random = np.random.default_rng(0)
        self.frames, bins, self.components = sizes["frames"], sizes["bins"], sizes["components"]
        self.patch = sizes["templateFrames"]
        self.x = (random.random((bins, self.frames)) + 0.01).astype(dtype)
        self.w = (random.random((bins, self.patch * self.components)) + 0.01).astype(dtype)
        self.h = (random.random((self.components, self.frames)) + 0.01).astype(dtype)
        self.stacked = np.zeros((self.patch * self.components, self.frames), dtype)
        self.v = np.empty_like(self.x)
        self.best = np.inf
        self.shift()

    def shift(self):
        k, n = self.components, self.frames
        for t in range(self.patch):
            self.stacked[t * k:(t + 1) * k, t:] = self.h[:, :n - t]

    def ratio(self):
        np.matmul(self.w, self.stacked, out=self.v)
        np.divide(self.x, self.v, out=self.v)
        return self.v

    def iterate(self):
        k, n = self.components, self.frames
        back = self.w.T @ self.ratio()
        sums = self.w.sum(0)
        top = np.zeros_like(self.h)
        bottom = np.zeros_like(self.h)
        for t in range(self.patch):
            top[:, :n - t] += back[t * k:(t + 1) * k, t:]
            bottom[:, :n - t] += sums[t * k:(t + 1) * k, None]
        self.h *= top / bottom
        self.shift()
        self.w *= (self.ratio() @ self.stacked.T) / self.stacked.sum(1)

    def run(self):
        for _ in range(20):
            self.best = min(self.best, seconds(self.iterate))
        return 1000 * self.best


class Timed:
    """A peer whose `once` is timed as it is: for 0.3 s, at least once, as bench/run.ts does."""

    best = np.inf

    def prepare(self):
        """What is not timed."""

    def run(self):
        end = time.perf_counter() + 0.3
        while True:
            self.prepare()
            self.best = min(self.best, seconds(self.once))
            if time.perf_counter() >= end:
                return 1000 * self.best


def noise(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape)


def separated(references):
    """Each reference with half of another one and some artefacts."""
    artefacts = np.random.default_rng(1).uniform(-1, 1, references.shape)
    return references + 0.5 * np.roll(references, -1, 0) + 0.1 * artefacts


class MirEval(Timed):
    """BSS Eval v3 with permutation; its filters have 512 taps."""

    def __init__(self, sizes):
        import mir_eval.separation
        self.peer = f"mir_eval {version('mir_eval')}"
        self.score = mir_eval.separation.bss_eval_sources
        self.references = noise(sizes["sources"], sizes["samples"])
        self.estimates = separated(self.references)

    def once(self):
        self.score(self.references, self.estimates)


class NumpyBssEval(Timed):
    """The algorithm of mir_eval 0.7 written anew: for each estimate and reference, two least-squares projections, on that
    reference and on all, each with its own correlations by FFT over the full length and its own normal equations."""

    def __init__(self, sizes):
        from scipy.linalg import toeplitz
        from scipy.signal import fftconvolve
        self.toeplitz, self.convolve = toeplitz, fftconvolve
        self.peer = f"NumPy {np.__version__}, mir_eval's algorithm"
        self.taps = sizes["filterLength"]
        pad = ((0, 0), (0, self.taps - 1))
        references = noise(sizes["sources"], sizes["samples"])
        self.references = np.pad(references, pad)
        self.estimates = np.pad(separated(references), pad)

    def project(self, references, estimate):
        count, length, taps = *references.shape, self.taps
        size = 2 ** int(np.ceil(np.log2(length)))
        spectra, spectrum = scipy.fft.fft(references, size), scipy.fft.fft(estimate, size)

        def delays(product):
            values = scipy.fft.ifft(product).real
            return np.hstack((values[0], values[:-taps:-1])), values[:taps]

        gram, cross = np.zeros((count, taps, count, taps)), np.zeros((count, taps))
        for i in range(count):
            for j in range(count):
                block = self.toeplitz(*delays(spectra[i] * spectra[j].conj()))
                gram[i, :, j], gram[j, :, i] = block, block.T
            cross[i] = delays(spectra[i] * spectrum.conj())[0]
        filters = np.linalg.solve(gram.reshape(count * taps, -1), cross.ravel()).reshape(count, taps)
        return sum(self.convolve(f, reference)[:length] for f, reference in zip(filters, references))

    def score(self, estimate, j):
        target = self.project(self.references[j:j + 1], estimate)
        every = self.project(self.references, estimate)
        target_energy, artefacts = (target ** 2).sum(), ((estimate - every) ** 2).sum()
        return 10 * np.log10([
            target_energy / ((estimate - target) ** 2).sum(), target_energy / ((every - target) ** 2).sum(),
            (every ** 2).sum() / artefacts])

    def once(self):
        self.scores = [[self.score(e, j) for j in range(len(self.references))] for e in self.estimates]


class FastBssEval(Timed):
    """BSS Eval v3 with permutation, solved directly, its default."""

    def __init__(self, sizes):
        import fast_bss_eval
        self.peer = f"fast_bss_eval {version('fast_bss_eval')}"
        self.score, self.taps = fast_bss_eval.bss_eval_sources, sizes["filterLength"]
        self.references = noise(sizes["sources"], sizes["samples"])
        self.estimates = separated(self.references)

    def once(self):
        self.score(self.references, self.estimates, filter_length=self.taps)


class NumpyFastBssEval(Timed):
    """The algorithm of fast_bss_eval 0.1 (Scheibler 2022) written anew: unit-norm signals, all correlations from one FFT each over
    twice the length, one dense solve for each reference and one for all, and every ratio from the cosines between an estimate
    and the two subspaces. No signal is projected. Transforms run along contiguous memory, which the original's do not."""

    def __init__(self, sizes):
        from itertools import permutations
        from scipy.linalg import toeplitz
        self.toeplitz, self.permutations = toeplitz, permutations
        self.peer = f"NumPy {np.__version__}, fast_bss_eval's algorithm"
        self.taps = sizes["filterLength"]
        self.references = noise(sizes["sources"], sizes["samples"])
        self.estimates = separated(self.references)

    def once(self):
        taps, count = self.taps, len(self.references)
        unit = [signals / np.linalg.norm(signals, axis=1, keepdims=True) for signals in (self.references, self.estimates)]
        size = 2 ** int(np.ceil(np.log2(2 * unit[0].shape[1] - 1)))
        references, estimates = (scipy.fft.rfft(signals, size) for signals in unit)
        gram, cross = np.zeros((count, taps, count, taps)), np.zeros((count, taps, count))
        for i in range(count):
            for j in range(count):
                lags = scipy.fft.irfft(references[i] * references[j].conj(), size)
                gram[i, :, j] = self.toeplitz(lags[-np.arange(taps)], lags[:taps])
                cross[i, :, j] = scipy.fft.irfft(references[i].conj() * estimates[j], size)[:taps]
        own = np.array([(cross[i] * np.linalg.solve(gram[i, :, i], cross[i])).sum(0) for i in range(count)])
        flat = cross.reshape(count * taps, count)
        every = (flat * np.linalg.solve(gram.reshape(count * taps, -1), flat)).sum(0)
        ratios = 10 * np.log10([own / (1 - own), own / (every - own), np.broadcast_to(every / (1 - every), own.shape)])
        best = max(self.permutations(range(count)), key=lambda order: ratios[1][range(count), order].mean())
        self.scores = ratios[:, range(count), best]


class ScipyStft(Timed):
    def __init__(self, sizes):
        from scipy.signal import stft
        self.stft = stft
        self.peer = f"SciPy {scipy.__version__} float64"
        self.signal = noise(sizes["samples"])
        self.options = {"nperseg": sizes["windowSize"], "noverlap": sizes["windowSize"] - sizes["hopSize"]}

    def once(self):
        self.stft(self.signal, **self.options)


class ScipyBand(Timed):
    """Butterworth forward and backward, polyphase resampling: this project's filters, in the same order."""

    def __init__(self, sizes, filter_first):
        import scipy.signal
        self.peer = f"SciPy {scipy.__version__} float64"
        self.sizes, self.filter_first = sizes, filter_first
        self.eeg = noise(sizes["channels"], sizes["rateHz"] * sizes["seconds"])

    def band(self, eeg, rate):
        edges = [self.sizes["lowHz"], self.sizes["highHz"]]
        return scipy.signal.sosfiltfilt(scipy.signal.butter(self.sizes["order"], edges, "bandpass", fs=rate, output="sos"), eeg)

    def resample(self, eeg):
        return scipy.signal.resample_poly(eeg, self.sizes["toHz"], self.sizes["rateHz"], axis=-1)

    def once(self):
        if self.filter_first:
            self.resample(self.band(self.eeg, self.sizes["rateHz"]))
        else:
            self.band(self.resample(self.eeg), self.sizes["toHz"])


class MneBand(Timed):
    """Its defaults: a linear-phase FIR of zero delay, and resampling by FFT. Copying the recording is not timed."""

    def __init__(self, sizes, filter_first):
        mne = load_mne()
        self.peer = f"MNE {mne.__version__}"
        self.sizes, self.filter_first = sizes, filter_first
        info = mne.create_info(sizes["channels"], sizes["rateHz"], "eeg")
        self.raw = mne.io.RawArray(1e-4 * noise(sizes["channels"], sizes["rateHz"] * sizes["seconds"]), info)

    def prepare(self):
        self.copy = self.raw.copy()

    def once(self):
        if not self.filter_first:
            self.copy.resample(self.sizes["toHz"])
        self.copy.filter(self.sizes["lowHz"], self.sizes["highHz"])
        if self.filter_first:
            self.copy.resample(self.sizes["toHz"])


class MneEdf(Timed):
    def __init__(self, path):
        mne = load_mne()
        self.peer = f"MNE {mne.__version__}"
        self.path, self.read = path, mne.io.read_raw_edf

    def once(self):
        self.read(self.path, preload=True)


class MneBackwardModel(Timed):
    """Ridge regression from lagged EEG, the edges corrected; the auto-correlations by FFT."""

    def __init__(self, sizes):
        mne = load_mne()
        from mne.decoding import TimeDelayingRidge
        self.peer = f"MNE {mne.__version__} TimeDelayingRidge"
        samples = sizes["rateHz"] * sizes["seconds"]
        self.x, self.y = noise(samples, sizes["channels"]), noise(samples, 1)
        # its lags are negative where the EEG comes after the stimulus
        self.model = TimeDelayingRidge(-(sizes["lags"] - 1) / sizes["rateHz"], 0, sizes["rateHz"], alpha=float(samples))

    def once(self):
        self.model.fit(self.x, self.y)


def load_mne():
    import mne
    mne.set_log_level("error")
    return mne


def needs(package, make):
    return make() if optional[package] else {"peer": package, "skipped": f"{package} is not installed"}


def contenders(work, sizes, path):
    if work == "kl-nmf iteration":
        return [SklearnNmf(sizes, "float64"), SklearnNmf(sizes, "float32")]
    if work == "beta-nmf iteration":
        return [SklearnNmf(sizes, "float64")]
    if work == "kl-nmf to a divergence":
        return [SklearnNmfDivergences(sizes, path)]
    if work == "contrastive nmf iteration":
        return [AuthorsContrastiveNmf(sizes, False), AuthorsContrastiveNmf(sizes, True)]
    if work == "contrastive nmf iteration with its cost":
        return [AuthorsContrastiveNmf(sizes, True)]
    if work == "convolutive kl-nmf iteration":
        return [NumpyConvolutiveNmf(sizes, "float32")]
    if work == "metrics: bss eval sources":
        return [
            needs("mir_eval", lambda: MirEval(sizes)), NumpyBssEval(sizes),
            needs("fast_bss_eval", lambda: FastBssEval(sizes)), NumpyFastBssEval(sizes)]
    if work == "stft":
        return [ScipyStft(sizes)]
    if work in ("band-pass and resample", "resample and band-pass"):
        filter_first = work == "band-pass and resample"
        return [needs("mne", lambda: MneBand(sizes, filter_first)), ScipyBand(sizes, filter_first)]
    if work == "edf read":
        return [needs("mne", lambda: MneEdf(path))]
    if work == "backward model":
        return [needs("mne", lambda: MneBackwardModel(sizes))]
    if work == "leave one trial out":
        return [{"peer": "none", "skipped": "no peer: those looked for have no leave-one-trial-out of their own"}]
    return [{"peer": "none", "skipped": f"no peer for {work}"}]


def figure(peer):
    """A peer that fails is left out, with its reason."""
    if isinstance(peer, dict):
        return peer
    try:
        milliseconds = peer.run()
        ends = {"divergences": peer.divergences} if hasattr(peer, "divergences") else {}
        return {"peer": peer.peer, "milliseconds": milliseconds, **ends}
    except Exception as error:
        return {"peer": peer.peer, "skipped": f"fails: {error!r}"}


def answer(content):
    print(json.dumps(content), file=stdout, flush=True)


there = ["scikit-learn", "numpy", "scipy"] + [name for name in optional if optional[name]]
missing = [name for name in optional if not optional[name]]
answer({
    "hello": "peers: " + ", ".join(f"{name} {version(name)}" for name in there)
    + (f"; not installed, their figures are left out: {', '.join(missing)}" if missing else "")})
current, peers = None, []
for line in sys.stdin:
    request = json.loads(line)
    if request != current:
        # the old peers' memory first
        current, peers = request, []
        try:
            peers = contenders(request["work"], request["sizes"], request.get("file"))
        except Exception as error:
            peers = [{"peer": "none", "skipped": f"cannot be set up: {error!r}"}]
    answer({"peers": [figure(peer) for peer in peers]})
