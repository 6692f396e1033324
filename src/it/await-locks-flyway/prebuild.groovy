import io.github.pgkill.testing.Story

def story = Story.begin(basedir, context)
story.execute('create table wanted(old int); create table other()')
context.put('holder', story.clients().holdingLock('wanted'))
context.put('bystander', story.clients().holdingLock('other'))

return true
