--- Pages of `help` that are about no function.
local pages = {}

pages.first = [[
docksing-shell: Lua 5.4, in which jobs, clusters and runs are values.

  job = docksing.load "config.yaml"             a config is a job
  print(job:docker())                           what it is under Docker
  run = docksing.run(job)                       start it here
  hpc = docksing.connect "me@login.example"     log in to a cluster
  run = hpc:submit(job)                         start it there
  for line in run:lines() do print(line) end    its log, as it comes
  run:wait()                                    its exit code
  run:fetch()                                   bring back what it wrote
  sweep = docksing.sweep { job = job, grid = { LR = { 0.1, 0.01 } } }
  docksing.run(sweep):watch()                   many points of one job: here, or with hpc:submit(sweep) there

help "docksing"          the functions of the module
help "run"               all about runs; so for job, cluster, engine, command, config, error
help "sweep"             sweeps; "space" is what to try, "sweep_run" a sweep that was submitted, "results" its table
help(hpc.submit)         a function; help "run:wait" by its name
help "volumes"           a key of the config; help "slurm.time"
help "config"            the config as a whole
help "prompt"            keys, history, completion, colours

Lua itself: https://www.lua.org/manual/5.4/]]

pages.prompt = [[
The prompt takes Lua. The value of an expression is printed (= in front is allowed), and _ is the last one: tables with
their fields, lists of runs and results as rows, a text of several lines as it is. A chunk may take several lines; the
prompt is then >>.

  Tab           completes keywords, globals, fields, methods, keys of a job, modules in require, files in strings
  Up, Down      earlier entries, a chunk of several lines as one; Ctrl-R searches
  Ctrl-C        clears the line; stops Lua code; ends a wait of ours, while the job goes on. Three within two seconds
                end the program
  Ctrl-D        leaves; within a chunk it gives up the chunk

Settings
  ~/.config/docksing-shell/rc.lua         is run before the first prompt ($XDG_CONFIG_HOME)
  ~/.local/state/docksing-shell/history   the last 1000 entries ($XDG_STATE_HOME); not what begins with
                                          a space, or looks as if it held a secret
  --color=auto|always|never               colours; auto heeds NO_COLOR and TERM=dumb
  _PROMPT, _PROMPT2                       the prompts
  ~/.inputrc                              readline's keys

docksing-shell -i script.lua goes on at the prompt when the script has ended. With -i or -e, --config FILE makes the
global job, --ssh USER@HOST the global hpc.]]

pages.config = [[
A config is YAML with these chapters:

  remotedir: runs/color                  the run directory on the cluster
  slurm:                                 long options of srun and sbatch
    time: "10:00"
    cpus-per-task: 2
  container:                             a service of the compose specification
    image: alpine:latest
    command: [sh, -c, 'echo $VALUE >/output/result.txt']
    environment: {VALUE: red}
    volumes: [./output:/output]
  docksing: {}                           settings of ours; may be left out

help "volumes", help "slurm.time", help "store": each key. A mistake in a file is told with its line.]]

return pages
