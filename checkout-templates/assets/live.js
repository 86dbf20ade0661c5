(function(d,w){
var m=d.getElementById("live"),a=m.dataset,print=d.getElementById("print"),rest=d.getElementById("stopped"),sent=[],since,n,timer,stream,over;
function stop(){clearTimeout(timer);if(stream)stream.close();stream=null}
function renew(){location.replace(a.again)}
function seen(x){if(over||x.state===a.state&&String(x.version)===a.version)return;over=1;stop();m.textContent=a.changed;setTimeout(renew,800)}
function ask(){return fetch(a.status,{headers:{accept:"application/json"},cache:"no-store",credentials:"omit"}).then(function(r){if(!r.ok)throw 0;return r.json()}).then(function(x){seen(x);return x.next_poll_ms})}
function poll(least){
stop();if(over)return;
if(Date.now()-since>6e5){rest.hidden=false;m.textContent=rest.firstElementChild.textContent;return}
timer=setTimeout(function(){ask().then(poll,poll)},Math.max([3e3,5e3,1e4,2e4][Math.min(n++,3)],+least||0)*(.8+Math.random()*.4))
}
function follow(){
if(over||!a.status)return;
stop();since=Date.now();n=0;rest.hidden=true;
if(!w.EventSource)return poll();
stream=new EventSource(a.status);
stream.addEventListener("state",function(e){seen(JSON.parse(e.data))});
stream.onerror=function(){poll()}
}
d.addEventListener("submit",function(e){
var f=e.target,b=f.querySelector("[type=submit]"),t=b.textContent;
if(sent.indexOf(f)>=0)return e.preventDefault();
sent.push(f);over=1;stop();b.setAttribute("aria-disabled","true");b.textContent=a.busy;
setTimeout(function(){sent=[];over=0;b.removeAttribute("aria-disabled");b.textContent=t;follow()},2e4)
});
d.addEventListener("visibilitychange",function(){
if(d.visibilityState==="hidden")return stop();
if(a.status&&!over)ask().catch(function(){});
follow()
});
w.addEventListener("pageshow",function(e){if(e.persisted)renew()});
if(print){print.hidden=false;print.firstElementChild.addEventListener("click",function(){w.print()})}
if(d.visibilityState!=="hidden")follow()
})(document,window)
