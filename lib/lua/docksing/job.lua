--- The default job script: DockSing's command line. It uses the public Lua API and nothing else, so that a copy of it,
--- changed as you like, can replace it: docksing-shell --print-job-script >~/.config/docksing-shell/job.lua
local docksing = require "docksing"
local options = require "docksing.options"

local usage = [[
usage: docksing-shell --ssh USER@HOST --config FILE [--attach|--stream|--kill|--fetch] [--again] [--timeout S]
       docksing-shell --local --config FILE [the same]
       docksing-shell --ssh USER@HOST [--config FILE] --store | --prune AGE [--dry-run]
       docksing-shell --cli [--exact] [--local] --config FILE

  --ssh USER@HOST  the cluster's login node, as ssh knows it
  --config FILE    the YAML file with the chapters remotedir, slurm and container
  --local          use this machine's Docker engine; needs no --ssh and no slurm chapter
  --attach         submit, show the log as it comes, fetch the outputs, exit with the job's exit code
  --stream         show the log of the existing run from its first line, fetch, exit with its exit code
  --kill           cancel the existing run
  --fetch          bring the outputs of the existing run back, also while it runs
  --into DIR       fetch into this folder, each bind's outputs in a folder of its name there
  --only PATTERN   fetch files that match, as in a .dockerignore: '*.csv', '**/*.csv'; several times for several
  --store          list what is in the store on the cluster: images and binds, and who needs them
  --prune AGE      remove from the store what was not used for 30d (12h, 2w ...) and no run needs
  --dry-run        with --prune: only say what would be removed
  --again          run in the next free remotedir-2, remotedir-3 ... when remotedir is taken
  --timeout S      how many seconds the Docker engine may stay silent (60)
  --cli            print the command in DockSing's notation; connect to nothing, run nothing
  --exact          with --cli: print what is really run
  --help           print this

Without --attach, --stream, --kill, --fetch and --cli: submit, print the job and its directory, and return.]]

local given, problem = options.parse(arg, {
    { name = "ssh", value = "USER@HOST" },
    { name = "config", value = "a FILE" },
    { name = "local" },
    { name = "cli" },
    { name = "exact" },
    { name = "attach" },
    { name = "stream" },
    { name = "kill" },
    { name = "fetch" },
    { name = "into", value = "a folder" },
    { name = "only", value = "a pattern", list = true },
    { name = "again" },
    { name = "store" },
    { name = "prune", value = "an age, as 30d" },
    { name = "dry-run" },
    { name = "timeout", value = "a number of seconds", number = true },
    { name = "help" },
})

--- Ends with the exit code for wrong usage.
---@param sentence string
local function misused(sentence)
    io.stderr:write("docksing-shell: ", sentence, "\nSee 'docksing-shell --help'.\n")
    os.exit(2, true)
end

--- Of several options that say different things, the ones that are given.
---@param ... string
---@return string[]
local function among(...)
    local found = {}
    for _, name in ipairs { ... } do
        if given[name] then found[#found + 1] = "--" .. name end
    end
    return found
end

if not given then
    misused(problem)
elseif given.help then
    print(usage)
    os.exit(0, true)
elseif not given.config and not (given.store or given.prune) then
    misused("no config is named; name one with --config FILE")
elseif given.exact and not given.cli then
    misused("--exact goes with --cli")
elseif not given.ssh and not given["local"] and not given.cli then
    misused("no host is named; name one with --ssh USER@HOST, or run here with --local")
end
-- As with DockSing, --cli counts more than all of these, and --local more than --ssh.
if not given.cli then
    local actions = among("attach", "stream", "kill", "fetch", "store", "prune")
    if #actions > 1 then misused(table.concat(actions, " and ") .. " exclude each other") end
    if given.again and actions[1] and not given.attach then
        misused("--again makes a new run; name an existing one by its 'remotedir'")
    end
end

local fetches = given.attach or given.stream or given.fetch
if (given.into or given.only) and (given["local"] or given.cli or not fetches) then
    misused((given.into and "--into" or "--only") .. " goes with --ssh and one of --attach, --stream and --fetch")
end

if (given.store or given.prune) and (given["local"] or given.cli) then
    misused((given.store and "--store" or "--prune") .. " is about a cluster: it goes with --ssh")
elseif given["dry-run"] and not given.prune then
    misused("--dry-run goes with --prune")
end

local job = given.config and docksing.load(given.config)

if given.store then
    print(docksing.connect(given.ssh):store(job))
    os.exit(0, true)
elseif given.prune then
    local removed = docksing.connect(given.ssh):prune { older = given.prune, dry = given["dry-run"], job = job }
    print(removed)
    os.exit(0, true)
end

if given.cli then
    local notation = given.exact and "exact" or "docksing"
    print(given["local"] and job:docker { notation = notation } or job:srun { notation = notation })
    os.exit(0, true)
end

local place = given["local"] and docksing.engine { timeout = given.timeout }
    or docksing.connect(given.ssh, { timeout = given.timeout })

--- Says something that is not output of the job.
---@param ... any
local function say(...)
    io.stderr:write(...)
    io.stderr:write("\n")
end

--- Brings the outputs back and says what came.
---@param run docksing.Run
local function fetch(run)
    local report = run:fetch((given.into or given.only) and { into = given.into, only = given.only } or nil)
    local unfinished = {}
    for _, path in ipairs(report.unfinished or {}) do unfinished[path] = true end
    for index, path in ipairs(report.fetched) do
        if index > 50 and #report.fetched > 60 then
            say("fetched ", #report.fetched - 50, " more")
            break
        end
        say("fetched ", path, unfinished[path] and " (it was being written; fetch again for the rest)" or "")
    end
    if run.host ~= "local" and #report.fetched + #report.kept + #report.skipped == 0 then
        local others = (report.passed_over or 0) > 0
            and (" but %d files that --only does not name ('**/*.csv' is in any folder)"):format(report.passed_over)
        say("nothing new to fetch", others or "")
    end
    for _, kept in ipairs(report.kept) do
        say(kept.path, " changed here meanwhile and stays; the run's is ", kept.fetched_as)
    end
    for _, skipped in ipairs(report.skipped) do
        say(skipped.path, " ", skipped.reason, "; see ", run.dir, " on ", run.host)
    end
end

--- Shows the log from its first line to its end, fetches, and ends with the job's exit code.
---@param run docksing.Run
local function follow(run)
    local shown = run:lines { keep = true, state = function(state) say(run.name, ": ", state) end }
    for line, stream in shown do
        local file = stream == "stderr" and io.stderr or io.stdout
        file:write(line)
        file:flush()
    end
    local code = run:wait()
    fetch(run)
    os.exit(code or 125, true)
end

if given.stream then
    follow(place:attach(job))
elseif given.kill then
    local run = place:attach(job)
    if run.finished then
        say(run.name, ": ", run.state, "; nothing is left to cancel")
    else
        run:cancel()
        say(run.name, ": cancelled")
    end
elseif given.fetch then
    fetch(place:attach(job))
else
    local run = place:submit(job, { again = given.again })
    if given.attach then
        say(run.name, " in ", run.dir)
        follow(run)
    else
        print(run.name .. (run.resumed and " (there already)" or "") .. " in " .. run.dir)
    end
end
