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

gathered as (

    select
        analysis_id,
        x_variable as term,
        'pearson_r' as measure,
        report_place,
        pearson_r as estimate,
        p_value,
        n_observations,
        result_status
    from correlations
    union all
    select
        analysis_id,
        x_variable as term,
        'spearman_rho' as measure,
        report_place,
        spearman_rho as estimate,
        spearman_p_value as p_value,
        n_observations,
        result_status
    from correlations
    union all
    select
        analysis_id,
        x_variable as term,
        'kendall_tau' as measure,
        report_place,
        kendall_tau as estimate,
        kendall_p_value as p_value,
        n_observations,
        result_status
    from correlations
    union all
    select
        analysis_id,
        group_variable as term,
        'f_value' as measure,
        report_place,
        f_value as estimate,
        p_value,
        n_observations,
        result_status
    from differences
    union all
    select
        analysis_id,
        group_variable as term,
        'eta_squared' as measure,
        report_place,
        eta_squared as estimate,
        null as p_value,
        n_observations,
        result_status
    from differences
    union all
    select
        analysis_id,
        'model' as term,
        'f_value' as measure,
        report_place,
        f_value as estimate,
        f_p_value as p_value,
        n_observations,
        result_status
    from models
    where model_type = 'least_squares'
    union all
    select
        analysis_id,
        'model' as term,
        'adjusted_r_squared' as measure,
        report_place,
        adjusted_r_squared as estimate,
        null as p_value,
        n_observations,
        result_status
    from models
    where model_type = 'least_squares'
    union all
    select
        analysis_id,
        'model' as term,
        'log_likelihood' as measure,
        report_place,
        log_likelihood as estimate,
        null as p_value,
        n_observations,
        result_status
    from models
    where model_type = 'ordered_logit'
    union all
    select
        analysis_id,
        term,
        'beta_std' as measure,
        report_place,
        beta_std as estimate,
        p_value,
        n_observations,
        result_status
    from terms
    where model_type = 'least_squares'
    union all
    select
        analysis_id,
        term,
        'coefficient' as measure,
        report_place,
        coefficient as estimate,
        p_value,
        n_observations,
        result_status
    from terms
    where model_type = 'ordered_logit'
    union all
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
    union all
    select
        analysis_id,
        cast(cluster_number as {{ dbt.type_string() }}) as term,
        'mean_motives_ticked' as measure,
        report_place,
        mean_motives_ticked as estimate,
        null as p_value,
        n_observations,
        result_status
    from clusters
    union all
    select
        analysis_id,
        variable as term,
        'missing_share' as measure,
        report_place,
        missing_share as estimate,
        null as p_value,
        n_observations,
        result_status
    from gaps

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
