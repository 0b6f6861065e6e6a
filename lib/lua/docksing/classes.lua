--- The methods of objects that are made in Lua, by the name of their class, for `help`.
---@type table<string, table<string, function>>
return {}
