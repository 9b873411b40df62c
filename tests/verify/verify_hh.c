/* verify_hh.c -- hh and hh_traub against NEST's hh_psc_alpha and
 * hh_cond_exp_traub (tests/data/nest) and against the same equations solved by
 * GSL to 1e-12. NEST's own solver ran with a tolerance of 1e-3. */
#include "tests/verify/nest_case.h"


enum { HH, TRAUB };

static void begin(struct nest_case *c, int model)
{
    c->v0[0] = model == HH ? -65 : -60;
    c->slack = 1;
    c->tolerance = 1e9;
    if (model == TRAUB) { /* where NEST puts the gates */
        nest_set(c, "n", 2.551577051602551e-07);
        nest_set(c, "m", 9.895563096746586e-09);
        nest_set(c, "h", 0.999999999106396);
    }
}

static const char *const names[] = {"hh", "hh_traub"};

static void constant_current(struct nest_case *c, int model)
{
    nest_case_const(c, names[model]);
    c->i_e = model == HH ? 650 : 600;
    begin(c, model);
}

static void current_steps(struct nest_case *c, int model)
{
    const double value[2][7] = {{400, 650, 0, 800, -300, 620, 0}, {300, 600, 0, 800, -300, 500, 0}};
    nest_case_step(c, names[model]);
    memcpy(c->switch_value, value[model], sizeof value[model]);
    begin(c, model);
}

static void spikes(struct nest_case *c, int model)
{
    const double weight[2][3] = {{300, 600, -400}, {10, 20, -15}};
    nest_case_spikes(c, names[model], weight[model]);
    begin(c, model);
}

static void x(void)
{
static struct nest_case c;
static struct nest_result r, g, e;
void (*const set[])(struct nest_case *, int)={constant_current,current_steps,spikes};
const char *const cn[]={"const","step","spikes"};
for(int m=0;m<2;m++)for(int k=0;k<3;k++){
 char data[64];snprintf(data,64,"%s_%s",names[m],cn[k]);
 set[k](&c,m);printf("\n%s: rk4 ",data);nest_run_model(&c,&r);nest_compare(&c,data,&r);
 c.scheme="gsl_rkf45";printf(" gsl ");nest_run_model(&c,&g);nest_compare(&c,data,&g);
 c.scheme="exponential_euler";nest_run_model(&c,&e);
 double w=0,wb=0,ww=0;size_t until=g.n_spikes?(size_t)g.spike[0].step:5000;int off=0,offe=0;
 for(size_t s=0;s<5000;s++){double d=fabs(r.v[s]-g.v[s]);if(s<until&&d>w)w=d;if(s<until&&g.v[s]<-45&&d>wb)wb=d;if(d>ww)ww=d;}
 for(size_t q=0;q<g.n_spikes&&q<r.n_spikes;q++)if(abs(r.spike[q].step-g.spike[q].step)>off)off=abs(r.spike[q].step-g.spike[q].step);
 for(size_t q=0;q<g.n_spikes&&q<e.n_spikes;q++)if(abs(e.spike[q].step-g.spike[q].step)>offe)offe=abs(e.spike[q].step-g.spike[q].step);
 printf(" rk4-gsl: before spike %.1e, low %.1e, ever %.1e; off %d, euler off %d (%zu of %zu)",w,wb,ww,off,offe,e.n_spikes,g.n_spikes);
 static double v[NEST_STEPS+1];char n2[99];snprintf(n2,99,"%s_v",data);size_t rows=nest_read(n2,1,NEST_STEPS,v);
 w=wb=ww=0;double gw=0,gwb=0; for(size_t s=0;s<rows;s++){double d=fabs(v[s]-g.v[s+1]),d2=fabs(v[s]-r.v[s+1]);if(s<until&&d>gw)gw=d;if(s<until&&v[s]<-45&&d>gwb)gwb=d;if(s<until&&d2>w)w=d2;if(s<until&&v[s]<-45&&d2>wb)wb=d2;}
 printf("\n  vs NEST before: gsl %.1e low %.1e; rk4 %.1e low %.1e (until %zu)",gw,gwb,w,wb,until);
}
}

ECP_TEST_MAIN("hh", {"x", x})
