with

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}

),

differences as (

    select * from {{ ref('mart_statistics__group_difference') }}

),

models as (

    select * from {{ ref('mart_statistics__regression_model') }}

),

terms as (

    select * from {{ ref('mart_statistics__regression_term') }}

),

robust as (

    select * from {{ ref('mart_statistics__robustness') }}

),

clusters as (

    select * from {{ ref('mart_statistics__cluster') }}

),

gaps as (

    select * from {{ ref('mart_statistics__missing_value') }}

),

runs as (

    select * from {{ ref('mart_statistics__run') }}

),

{#- Step, term, column of the estimate, its p value, type of model. The measure has the name of the column. #}
{%- set measures = [
    ('correlations', 'x_variable', 'pearson_r', 'p_value', none),
    ('correlations', 'x_variable', 'spearman_rho', 'spearman_p_value', none),
    ('correlations', 'x_variable', 'kendall_tau', 'kendall_p_value', none),
    ('differences', 'group_variable', 'f_value', 'p_value', none),
    ('differences', 'group_variable', 'eta_squared', 'null', none),
    ('models', "'model'", 'f_value', 'f_p_value', 'least_squares'),
    ('models', "'model'", 'adjusted_r_squared', 'null', 'least_squares'),
    ('models', "'model'", 'log_likelihood', 'null', 'ordered_logit'),
    ('terms', 'term', 'beta_std', 'p_value', 'least_squares'),
    ('terms', 'term', 'coefficient', 'p_value', 'ordered_logit'),
    ('clusters', 'cast(cluster_number as ' ~ dbt.type_string() ~ ')', 'mean_motives_ticked', 'null', none),
    ('gaps', 'variable', 'missing_share', 'null', none),
] %}

gathered as (

    {%- for step, term, estimate, p_value, model_type in measures %}
    select
        analysis_id,
        {{ term }} as term,
        '{{ estimate }}' as measure,
        report_place,
        {{ estimate }} as estimate,
        {{ p_value }} as p_value,
        n_observations,
        result_status
    from {{ step }}
    {%- if model_type %}
    where model_type = '{{ model_type }}'
    {%- endif %}
    union all
    {%- endfor %}
    -- Each method is a measure of its own.
    select
        analysis_id,
        term,
        method as measure,
        report_place,
        estimate,
        p_value,
        n_observations,
        result_status
    from robust

),

final as (

    select
        runs.run_key,
        gathered.analysis_id,
        gathered.term,
        gathered.measure,
        gathered.report_place,
        gathered.estimate,
        cast(gathered.p_value as double) as p_value,
        {{ is_significant('gathered.p_value') }} as is_significant,
        gathered.n_observations,
        gathered.result_status,
        {{ run_record() }}

    from gathered
    cross join runs

)

select * from final
