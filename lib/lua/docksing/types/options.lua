---@meta docksing.types.options
-- luacheck: ignore
--- What several functions take as options, and the news that one of them may ask for.

---@class docksing.LoadOptions
---@field service? string the service of a compose file that is the job
---@field slurm? table<string, any> options for Slurm; also a list of texts `KEY=VALUE`
---@field set? table<string, any> values by the paths of their keys, as `container.image`; also a list of texts `KEY=VALUE`
---@field remotedir? string the run directory on the cluster
---@field env_file? string|string[] files with the variables of a compose file, in place of `.env`
---@field command? string|string[] what runs in the container

---@class docksing.ConnectOptions
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default
---@field progress? boolean|fun(event: docksing.Progress) false keeps the news of pushes and fetches from stderr; a function gets it instead
---@field transport? "auto"|"libssh2"|"ssh" the way there: the system's `ssh`, or libssh2; by itself `ssh` where libssh2 can't

---@class docksing.Progress News of a push or a fetch. An error in the function ends the step.
---@field kind string `step`, `note`, `bytes` (of what goes over), `layer` (one has gone over), `sent` (all has)
---@field text? string of a step or note: a sentence
---@field what? string what goes over: the image, or a folder
---@field done? integer of `bytes`: how many so far
---@field total? integer of `bytes`: how many in all, once that is known
---@field number? integer of `layer`: which one of those that this push sends
---@field count? integer of `layer`: how many those are
---@field bytes? integer of `layer`: its size
---@field sent? integer of `sent`: how many bytes went over
---@field seconds? number of `sent`: how long it took

---@class docksing.EngineOptions
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default

---@class docksing.RunOptions
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken
---@field running? integer of a sweep: how many points may run at a time; 1 by default
---@field recompute? boolean of a sweep: run also what has been finished there
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default

---@class docksing.LinesOptions
---@field keep? boolean true leaves the line ends on
---@field partial? boolean true gives what comes as it comes, with line ends, lines or not; Docker holds back what has no line end yet, and so does srun without `slurm: {unbuffered: true}`
---@field tail? integer how many lines of each stream, from its end, to begin with
---@field state? fun(words: string, advice: string?) called with a few words whenever the state changes, and with the next step if there is one

---@class docksing.FollowOptions
---@field keep? boolean true leaves the line ends on
---@field tail? integer how many lines of each stream, from its end, to begin with
---@field state? fun(run: docksing.Run, words: string, advice: string?) called whenever the state of a run changes

---@class docksing.WaitOptions
---@field timeout? number how many seconds to wait at most

---@class docksing.WatchOptions
---@field log? boolean true shows the log, too

---@class docksing.SubmitOptions
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken
---@field verify? boolean on a cluster, reads what is there of the image first and sends again what was damaged
